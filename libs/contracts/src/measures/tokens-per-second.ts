import { z } from 'zod';
import { defineMeasure, median, reported } from './measure.js';

export const tokensPerSecond = defineMeasure({
  name: 'tokensPerSecond',
  title: 'Tokens per second',
  hint: 'Of training: median over steps, then over seeds.',
  unit: 'count',
  direction: 'maximize',
  observed: true,
  schema: z.number().nonnegative(),
  reports: { tokensPerSecond: z.number().nonnegative() },
  of: ({ training, hasTokens }) => (hasTokens ? reported<number>(training, 'tokensPerSecond') || undefined : undefined),
  combine: median,
  on: 'some',
  line: { title: 'tokens/s', text: (value, { count }) => count(Math.round(value)) },
  column: {
    id: 'tokens',
    title: 'Tokens/s',
    priority: 2,
    cell: (value, { count }) => ({ text: count(Math.round(value)) }),
  },
});
