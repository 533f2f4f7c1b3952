/** @file RankNet: the loss of pairwise rankings, on any task that ranks. */
import { z } from 'zod';
import { ranknet as loss } from '../objectives/query-losses.js';
import { meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';

export const ranknet = defineRecipe({
  name: 'ranknet',
  title: 'RankNet',
  summary: 'Trains by the logistic loss of every pair of rows with different grades.',
  paper: { title: 'Learning to Rank using Gradient Descent', year: 2005 },
  evidence: { level: 'full' },
  config: z.strictObject({}),
  unfit: needsRankedRows,
  loss: meanOfQueries((scores, grades) => loss(scores, grades)),
});
