import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

/** How often feedback harmed a query in training, beside the same query with less of it. */
export const feedbackDrift = defineMeasure({
  name: 'feedbackDrift',
  title: 'Query drift',
  hint: 'Share of comparisons in training in which a query that was read with more feedback lost more than with less.',
  unit: 'share',
  direction: 'minimize',
  schema: z.number().min(0).max(1),
  reports: {
    feedbackDrift: z.number().min(0).max(1).meta({ description: 'Of a training that reads queries with feedback.' }),
  },
  of: ({ training }) => reported<number>(training, 'feedbackDrift'),
  combine: mean,
  on: 'some',
  line: { title: 'drift' },
  column: { id: 'feedback-drift', priority: 2 },
});
