import { z } from 'zod';
import { Flips } from './measures/flips.js';
import { Forgetting } from './measures/forgetting.js';

/** Metrics of a split, by name, e.g. `{ loss: 3.1, perplexity: 22.2 }`. */
export const Scores = z.record(z.string(), z.number());
export type Scores = z.infer<typeof Scores>;

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
    trainableParameters: z.number().int().nonnegative().optional(),
    adapterBytes: z.number().int().nonnegative().optional(),
    stored: z
      .object({
        parameters: z.number().int().meta({ description: 'Of the whole model as it is kept to be used.' }),
        bytes: z.number().meta({ description: 'In float32, but for what a method packs tighter.' }),
        base: z.object({ parameters: z.number().int(), bytes: z.number() }),
      })
      .optional()
      .meta({ description: 'Of a compression.' }),
    before: Scores.optional().meta({
      description: 'Of the scoring of a compression: the test split with the base model as it was.',
    }),
    seconds: z.number().nonnegative(),
    medianStepMs: z.number().nonnegative().optional(),
    tokensPerSecond: z.number().nonnegative().optional(),
    forgetting: Forgetting.optional().meta({ description: 'Of a scoring.' }),
    flips: Flips.optional().meta({ description: 'Of a scoring, where the trial has a teacher.' }),
  })
  .meta({ id: 'TrialResult' });
export type TrialResult = z.infer<typeof TrialResult>;
