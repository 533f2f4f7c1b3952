import { z } from 'zod';
import { defineMeasure, median, reported } from './measure.js';

export const tokensPerSecond = defineMeasure({
  name: 'tokensPerSecond',
  title: 'Tokens per second',
  unit: 'count',
  direction: 'maximize',
  observed: true,
  wallClock: true,
  schema: z.number().nonnegative(),
  reports: { tokensPerSecond: z.number().nonnegative() },
  of: ({ training, hasTokens }) => (hasTokens ? reported<number>(training, 'tokensPerSecond') || undefined : undefined),
  combine: median,
});
