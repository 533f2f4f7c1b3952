import type { z } from 'zod';

/** The mistake in a value; undefined where there is none. @example mistakeIn(z.number(), NaN) // 'expected a number' */
export function mistakeIn(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

/** The number that an input holds: null where it is empty, NaN where its text is no number. */
export const numberIn = (typed: number | ''): number | null => (typed === '' ? null : typed);
