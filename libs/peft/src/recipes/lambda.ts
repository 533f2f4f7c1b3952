/** @file LambdaRank: RankNet's pairs by what they mean for nDCG. */
import { z } from 'zod';
import { lambda as loss } from '../objectives/query-losses.js';
import { meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';

export const lambda = defineRecipe({
  name: 'lambda',
  title: 'LambdaRank',
  summary: 'Trains by the logistic loss of pairs, each by how much nDCG would change if its rows changed places.',
  paper: { title: 'From RankNet to LambdaRank to LambdaMART: An Overview', year: 2010 },
  evidence: { level: 'full' },
  config: z.strictObject({
    cut: z.int().positive().default(10).describe('Places of the order that nDCG looks at'),
  }),
  unfit: needsRankedRows,
  loss: meanOfQueries((scores, grades, { cut }: { cut: number }) => loss(scores, grades, cut)),
});
