import { z } from 'zod';
import { defineMeasure, median, reported } from './measure.js';

export const medianStepMs = defineMeasure({
  name: 'medianStepMs',
  title: 'Step time',
  unit: 'milliseconds',
  direction: 'minimize',
  observed: true,
  wallClock: true,
  schema: z.number().nonnegative(),
  reports: { medianStepMs: z.number().nonnegative() },
  // A training of no steps reports 0.
  of: ({ training }) => reported<number>(training, 'medianStepMs') || undefined,
  combine: median,
});
