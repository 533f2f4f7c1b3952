import { z } from 'zod';
import type { SearchRecord } from './record.js';
import { ofEachField, Seed, seedField, trialsOfEach } from './shared.js';

/** Configurations that are spread evenly. */
export const sobol = {
  name: 'sobol' as const,
  label: 'Sobol: spread evenly',
  schema: z.strictObject({ kind: z.literal('sobol'), trials: trialsOfEach, seed: Seed }),
  fields: { trials: ofEachField, seed: seedField },
  samples: true,
} satisfies SearchRecord & { schema: z.ZodType };
