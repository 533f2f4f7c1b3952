/** @file The list of a query as a whole: the loss of rankings, on any task that ranks. */
import { z } from 'zod';
import { listwise as loss } from '../objectives/query-losses.js';
import { meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';

export const listwise = defineRecipe({
  name: 'listwise',
  title: 'Softmax over the list',
  summary: 'Trains by the cross-entropy of the softmax of a query’s scores to the rows’ shares of its grades.',
  paper: {
    title: 'Learning to Rank: From Pairwise Approach to Listwise Approach',
    year: 2007,
  },
  evidence: { level: 'full' },
  config: z.strictObject({}),
  unfit: needsRankedRows,
  loss: meanOfQueries((scores, grades) => loss(scores, grades)),
});
