import { z } from 'zod';
import { maxTrialsPerSweep, whole } from '../bounds.js';
import type { SearchRecord } from './record.js';
import { Seed, seedField } from './shared.js';

/** Configurations of the grid, drawn without replacement. */
export const random = {
  name: 'random' as const,
  label: 'Random points of the grid',
  schema: z.strictObject({
    kind: z.literal('random'),
    trials: whole(1, maxTrialsPerSweep).meta({
      description: 'Configurations drawn without replacement from the grid; each runs with every seed and budget.',
    }),
    seed: Seed,
  }),
  fields: { trials: { label: 'Points to draw', description: 'Without replacement' }, seed: seedField },
  samples: false,
} satisfies SearchRecord & { schema: z.ZodType };
