import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

export const trainingSeconds = defineMeasure({
  name: 'trainingSeconds',
  title: 'Training time',
  unit: 'seconds',
  direction: 'minimize',
  observed: true,
  wallClock: true,
  schema: z.number().nonnegative(),
  of: ({ training }) => reported<number>(training, 'seconds'),
  combine: mean,
});
