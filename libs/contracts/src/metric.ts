/** @file Series that trials record. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';
import { contenderFields } from './contender.js';

/** Series with a point at every step of a training. */
export const stepSeries = [
  'train/loss',
  'train/learning-rate',
  'train/gradient-norm',
  'train/tokens-per-second',
  'memory/live',
  'memory/peak',
] as const;
export type StepSeries = (typeof stepSeries)[number];

/**
 * Metric names: those of `stepSeries`, `validation/<metric>`, `rank/<layer>` (recorded when it changes),
 * `norm/<query|key>…` (see `normEvery`), `federation/<what a round sends and errs>`.
 */
export const MetricName = z
  .string()
  .max(128)
  .regex(/^[a-z]+\/[A-Za-z0-9._-]+$/, 'expected the name of a series, such as train/loss');

export const MetricQuery = z.strictObject({
  name: z.union([MetricName, z.array(MetricName)]).optional(),
  maxPoints: wholeText(2, 10_000)
    .default(500)
    .meta({ description: 'Longer series are down-sampled, keeping extremes.' }),
});

export type MetricQuery = z.infer<typeof MetricQuery>;

export const MetricSeries = z
  .object({
    name: z.string(),
    steps: z.array(z.number().int()),
    values: z.array(z.number()),
    total: z.number().int().meta({ description: 'Points recorded, before down-sampling.' }),
  })
  .meta({ id: 'MetricSeries' });
export type MetricSeries = z.infer<typeof MetricSeries>;
export const MetricSeriesList = z
  .object({ trialId: Id, series: z.array(MetricSeries) })
  .meta({ id: 'MetricSeriesList' });
export type MetricSeriesList = z.infer<typeof MetricSeriesList>;

/** Curves of many trials at once, for the overlay of a sweep. */
export const CurvesQuery = z.strictObject({
  metric: MetricName.default('train/loss'),
  maxPoints: wholeText(2, 500)
    .default(60)
    .meta({ description: 'Longer series are down-sampled as `keep` says; means are at most 120 points.' }),
  keep: z.enum(['means', 'extremes']).default('means').meta({
    description:
      'Points of a longer series, between its ends: the mean of each of equal runs, or the smallest and the largest value of each.',
  }),
});
export type CurvesQuery = z.infer<typeof CurvesQuery>;
export const SweepCurves = z
  .object({
    metric: z.string(),
    curves: z.array(
      z.object({
        trialId: Id,
        ...contenderFields,
        rank: z.number().int().nullable(),
        learningRate: z.number(),
        seed: z.number().int(),
        steps: z.array(z.number().int()),
        values: z.array(z.number()),
      }),
    ),
    truncated: z.boolean().meta({ description: 'There are more trainings than curves.' }),
  })
  .meta({ id: 'SweepCurves' });
export type SweepCurves = z.infer<typeof SweepCurves>;
