import { z } from 'zod';
import type { SearchRecord } from './record.js';

/** Every configuration. */
export const grid = {
  name: 'grid' as const,
  label: 'Grid',
  schema: z.strictObject({ kind: z.literal('grid') }),
  fields: {},
  samples: false,
} satisfies SearchRecord & { schema: z.ZodType };
