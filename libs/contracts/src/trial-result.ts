import { z } from 'zod';
import { reportedFields } from './measures/registry.js';
import { Scores } from './scores.js';

/** Test metrics of a predictor that knows the targets of the training split and reads no input. */
export const TrivialScores = z.object({
  name: z.string().meta({ description: 'How it predicts, e.g. `majority class`.' }),
  metrics: Scores,
});
export type TrivialScores = z.infer<typeof TrivialScores>;

/** What a finished training or scoring reports. Never holds the test split for `train`. */
export const TrialResult = z
  .object({
    validation: Scores.optional(),
    test: Scores.optional(),
    trivial: TrivialScores.optional().meta({ description: 'Of a scoring.' }),
    served: z
      .record(z.string(), Scores)
      .optional()
      .meta({ description: 'Validation by rank, where one training serves several.' }),
    seconds: z.number().nonnegative(),
    ...reportedFields,
  })
  .meta({ id: 'TrialResult' });
export type TrialResult = z.infer<typeof TrialResult>;
