import { z } from 'zod';
import { whole } from '../bounds.js';
import type { Choice } from '../searches/record.js';

/** A training that is worse than the median of its method ends. */
export const median = {
  name: 'median' as const,
  label: 'Median: the worse half stops',
  schema: z.strictObject({
    kind: z.literal('median'),
    startupTrials: whole(1).default(5).meta({
      description: 'Trainings of a method that must have ended before any of it is stopped.',
    }),
    warmupSteps: whole(0).default(0).meta({ description: 'Steps before which none is stopped.' }),
    minTrials: whole(1).default(3).meta({
      description: 'Ended trainings that must have been evaluated at the same step.',
    }),
  }),
  fields: {
    startupTrials: { label: 'Stop none before', description: 'Trainings of the method that ended' },
    warmupSteps: { label: 'Steps before any stop', description: 'Of the training itself' },
    minTrials: { label: 'Compare with at least', description: 'Trainings evaluated at the same step' },
  },
} satisfies Choice & { schema: z.ZodType };
