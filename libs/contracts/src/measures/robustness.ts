/** @file What an examination of a ranker asks, and what it learns. */
import { z } from 'zod';
import { defineMeasure, type Known, mean, reported, sumOfParts } from './measure.js';

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

const reportOf = ({ training }: Known): RobustnessReport | undefined =>
  reported<RobustnessReport>(training, 'robustness');

export const victimQueries = defineMeasure({
  name: 'victimQueries',
  title: 'Queries to the ranker',
  hint: 'Lists that an attacker has the ranker score on one split, and gradients; before it runs, the most that it may ask.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { robustness: RobustnessReport.meta({ description: 'Of an evaluation that examines a ranker.' }) },
  of: (known) => reportOf(known)?.questions,
  predict: ({ questions }) =>
    questions === undefined ? undefined : sumOfParts({ 'queries to the ranker': questions }),
  combine: mean,
  limits: true,
  withoutRank: true,
  on: 'some',
  line: { title: 'victim queries' },
  column: { id: 'victim-queries', priority: 1 },
});

export const imitationAgreement = defineMeasure({
  name: 'imitationAgreement',
  title: 'Agreement of the imitation',
  hint: 'Share of pairs of candidates that the imitation orders as the ranker does.',
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  of: (known) => reportOf(known)?.agreement ?? undefined,
  combine: mean,
  on: 'some',
  line: { title: 'imitation' },
  column: { id: 'imitation-agreement', priority: 2 },
});

export const triggerPerplexity = defineMeasure({
  name: 'triggerPerplexity',
  title: 'Perplexity of triggers',
  hint: 'How unlikely the inserted words are, one after another, by the generator that chose among them.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: (known) => reportOf(known)?.perplexity ?? undefined,
  combine: mean,
  on: 'some',
  line: { title: 'perplexity' },
  column: { id: 'trigger-perplexity', priority: 2 },
});
