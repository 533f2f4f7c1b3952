import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

/** How much an approximate search misses where a training looks among too many documents to compare them all. */
export const indexRecall = defineMeasure({
  name: 'indexRecall',
  title: 'Recall of the index',
  hint: 'Share of the hundred documents nearest to a query that the index finds by which a training searches, of its first hundred queries.',
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  reports: {
    indexRecall: z.number().min(0).max(1).meta({ description: 'Of a training that searches by an index.' }),
  },
  of: ({ training }) => reported<number>(training, 'indexRecall'),
  combine: mean,
  on: 'some',
  line: { title: 'index recall' },
  column: { id: 'index-recall', priority: 2 },
});
