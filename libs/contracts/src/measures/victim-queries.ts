/** @file How often the ranker that is examined was asked. */
import { z } from 'zod';
import { defineMeasure, mean, sumOfParts } from './measure.js';
import { RobustnessReport, robustnessOf } from './robustness.js';

export const victimQueries = defineMeasure({
  name: 'victimQueries',
  title: 'Queries to the ranker',
  hint: 'Lists that an attacker has the ranker score on one split, and gradients; before it runs, the most that it may ask.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { robustness: RobustnessReport.meta({ description: 'Of an evaluation that examines a ranker.' }) },
  of: (known) => robustnessOf(known)?.questions,
  predict: ({ questions }) =>
    questions === undefined ? undefined : sumOfParts({ 'queries to the ranker': questions }),
  combine: mean,
  limits: true,
  withoutRank: true,
  on: 'some',
  line: { title: 'victim queries' },
  column: { id: 'victim-queries', priority: 1 },
});
