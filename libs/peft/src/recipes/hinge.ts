/** @file Pairs by a margin. */
import { z } from 'zod';
import { hinge as loss } from '../objectives/query-losses.js';
import { meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';

export const hinge = defineRecipe({
  name: 'hinge',
  title: 'Hinge over pairs',
  summary: 'Trains until the better row of every pair with different grades scores higher by a margin.',
  paper: { title: 'Large Margin Rank Boundaries for Ordinal Regression', year: 2000 },
  evidence: { level: 'full' },
  config: z.strictObject({
    margin: z.number().positive().default(1).describe('How much higher the better row is to score'),
  }),
  unfit: needsRankedRows,
  loss: meanOfQueries((scores, grades, { margin }: { margin: number }) => loss(scores, grades, margin)),
});
