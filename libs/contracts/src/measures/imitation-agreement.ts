/** @file How well an attacker imitates the ranker that is examined. */
import { z } from 'zod';
import { defineMeasure, mean } from './measure.js';
import { robustnessOf } from './robustness.js';

export const imitationAgreement = defineMeasure({
  name: 'imitationAgreement',
  title: 'Agreement of the imitation',
  hint: 'Share of pairs of candidates that the imitation orders as the ranker does.',
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  of: (known) => robustnessOf(known)?.agreement ?? undefined,
  combine: mean,
  on: 'some',
  line: { title: 'imitation' },
  column: { id: 'imitation-agreement', priority: 2 },
});
