import { z } from 'zod';
import type { Choice } from '../searches/record.js';
import { ladder, ladderFields } from './ladder.js';

/** The best of each rung go on to the next. */
export const asha = {
  name: 'asha' as const,
  label: 'ASHA: the best go on',
  schema: z.strictObject({ kind: z.literal('asha'), ...ladder }),
  fields: ladderFields,
} satisfies Choice & { schema: z.ZodType };
