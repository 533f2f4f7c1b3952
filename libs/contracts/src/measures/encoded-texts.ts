import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

/** The cost of finding negatives, or documents that stay, beside the steps. */
export const encodedTexts = defineMeasure({
  name: 'encodedTexts',
  title: 'Texts encoded to search',
  hint: 'Texts that were encoded to find what queries are trained against, beside those of steps and scores.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: {
    encodedTexts: z.int().nonnegative().meta({ description: 'Of a training whose recipe searches the corpus.' }),
  },
  of: ({ training }) => reported<number>(training, 'encodedTexts'),
  combine: mean,
  on: 'some',
  line: { title: 'encoded' },
  column: { id: 'encoded-texts', title: 'Texts encoded', priority: 2 },
});
