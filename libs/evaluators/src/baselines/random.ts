import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** Another order for each seed. */
export const random = defineBaseline({
  name: 'random',
  title: 'Random order',
  summary: 'Orders the rows of a query by chance: what lies below it has learnt the wrong order.',
  config: z.strictObject({}),
  *scores({ queries, random }) {
    for (const { rows } of queries) yield rows.map(() => random.uniform());
  },
});
