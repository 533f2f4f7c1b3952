import { z } from 'zod';
import { whole } from '../bounds.js';
import type { SearchRecord } from './record.js';
import { ofEachField, Seed, seedField, trialsOfEach } from './shared.js';

/** Configurations that resemble the good ones so far. */
export const tpe = {
  name: 'tpe' as const,
  label: 'TPE: learns from results',
  schema: z.strictObject({
    kind: z.literal('tpe'),
    trials: trialsOfEach,
    seed: Seed,
    parallel: whole(1, 1000).default(4).meta({
      description: 'Configurations of a method that may train at once. More is faster and learns less from each.',
    }),
  }),
  fields: {
    trials: ofEachField,
    seed: seedField,
    parallel: {
      label: 'Search at once',
      description: 'Configurations of a method; more learn less from each other',
    },
  },
  samples: true,
} satisfies SearchRecord & { schema: z.ZodType };
