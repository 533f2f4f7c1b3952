/** @file What an examination of a ranker reports. */
import { z } from 'zod';
import { type Known, reported } from './measure.js';

/** Questions of an examination on one split, and what it learned. */
export const RobustnessReport = z
  .object({
    queries: z.number().int().meta({ description: 'Queries that were examined.' }),
    questions: z.number().int().meta({ description: 'Lists that the attacker had the ranker score, and gradients.' }),
    agreement: z.number().nullable().meta({
      description: 'Share of pairs that an imitation orders as the ranker does; null where nothing imitates it.',
    }),
    perplexity: z
      .number()
      .nullable()
      .meta({ description: 'Of the words of triggers by the generator; null where none was asked.' }),
  })
  .meta({ id: 'RobustnessReport' });
export type RobustnessReport = z.infer<typeof RobustnessReport>;

export const robustnessOf = ({ training }: Known): RobustnessReport | undefined =>
  reported<RobustnessReport>(training, 'robustness');
