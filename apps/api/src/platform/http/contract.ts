import type { FieldError } from '@rankforge/contracts';
import type { z } from 'zod';
import { fieldErrors } from './issues.js';

/** Tests look for this line in the log of each API that they started: test/support/platform.ts. */
export const breach = 'an answer is not as its contract says';

/**
 * An answer as its contract has it: a field that this does not know is left out. One that the contract refuses is a defect of ours; it stays as
 * it is, for a client can do more with it than with a failure, and comes with the errors to log.
 */
export function asContracted(schema: z.ZodType, answer: unknown): { answer: unknown; errors?: FieldError[] } {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return { answer: parsed.data };
  return { answer, errors: fieldErrors(parsed.error.issues).slice(0, 10) };
}
