import { z } from 'zod';
import type { Choice } from '../searches/record.js';
import { ladder, ladderFields } from './ladder.js';

/** Several ladders, each of which begins on a higher rung. */
export const hyperband = {
  name: 'hyperband' as const,
  label: 'Hyperband: ASHA from several starts',
  schema: z.strictObject({ kind: z.literal('hyperband'), ...ladder }),
  fields: ladderFields,
} satisfies Choice & { schema: z.ZodType };
