/** @file How strange the words are that an attack puts before documents. */
import { z } from 'zod';
import { defineMeasure, mean } from './measure.js';
import { robustnessOf } from './robustness.js';

export const triggerPerplexity = defineMeasure({
  name: 'triggerPerplexity',
  title: 'Perplexity of triggers',
  hint: 'How unlikely the inserted words are, one after another, by the generator that chose among them.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: (known) => robustnessOf(known)?.perplexity ?? undefined,
  combine: mean,
  on: 'some',
  line: { title: 'perplexity' },
  column: { id: 'trigger-perplexity', priority: 2 },
});
