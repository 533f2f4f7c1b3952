/**
 * @file Pairs by a margin, and scores on the scale of grades: a hinge alone tells which row is better and lets scores drift anywhere, so that
 * one score says nothing by itself. With anchors a score of a grade `g` of `0 … L` is to be `(g + ½) / (L + 1)`.
 */
import { z } from 'zod';
import { hinge, type QueryLoss } from '../objectives/query-losses.js';
import { gradesOf, meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe, type RecipeState } from './recipe.js';

interface AnchoredConfig {
  margin: number;
  lambda: number;
  slack: number;
}

/** `hinge + lambda · mean over rows of max(0, (score − anchor)² − slack)`. */
function anchored(
  scores: Float32Array,
  grades: Float32Array,
  { margin, lambda, slack }: AnchoredConfig,
  { largest }: RecipeState,
): QueryLoss {
  const { value: ofPairs, gradient } = hinge(scores, grades, margin);
  let value = ofPairs;
  scores.forEach((score, row) => {
    const away = score - (grades[row]! + 0.5) / (largest![0]! + 1);
    if (away ** 2 <= slack) return;
    value += (lambda * (away ** 2 - slack)) / scores.length;
    gradient[row]! += (lambda * 2 * away) / scores.length;
  });
  return { value, gradient };
}

export const anchoredHinge = defineRecipe({
  name: 'anchored-hinge',
  title: 'Hinge with anchors on the scale of grades',
  summary: 'Trains until the better row of every pair scores higher by a margin, and scores lie where their grades do.',
  paper: { title: 'Pre-trained Language Model based Ranking in Baidu Search', arxiv: '2105.11108', year: 2021 },
  evidence: {
    level: 'partial',
    reason:
      'equations of the publication were not read, and there is no code of its authors; its calibrated clicks are the recipe clicks-calibrated, its pyramid encoder is an option of any ranker (apartBlocks, titleWithQuery), and its summaries of texts are a setting of procedures alone (excerpt)',
  },
  config: z.strictObject({
    margin: z
      .number()
      .positive()
      .default(0.1)
      .describe('How much higher the better row is to score; anchors lie within 0 and 1'),
    lambda: z.number().min(0).default(1).describe('Weight of the anchors; 0: pairs alone'),
    slack: z.number().min(0).default(0.01).describe('Squared distance from its anchor at which a score costs nothing'),
  }),
  unfit: needsRankedRows,
  loss: {
    start(_, train) {
      const largest = gradesOf(train).reduce((most, own) => own.reduce((a, b) => Math.max(a, b), most), 0);
      if (largest === 0) {
        throw new RangeError(
          'anchored-hinge: no row of the training split has a grade above 0, and anchors are those of grades',
        );
      }
      return { largest: Float32Array.of(largest) };
    },
    ...meanOfQueries(anchored),
  },
});
