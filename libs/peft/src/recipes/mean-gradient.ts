/** @file The rival by mean similarity, as LESS has it: examples whose gradients point where the gradients of the target point on average. */
import { z } from 'zod';
import { largest } from '../tensor/largest.js';
import { atLengthOne, gradientsOf } from './gradient-features.js';
import { defineRecipe } from './recipe.js';
import { gradientFields, needsOwnLosses, projected } from './selection.js';
import { whitenedDistance } from './tarot.js';

export const meanGradient = defineRecipe({
  name: 'mean-gradient',
  title: 'Selection by mean similarity of gradients',
  summary: 'Trains on the examples whose gradients are most similar to those of a target on average.',
  paper: { title: 'LESS: Selecting Influential Data for Targeted Instruction Tuning', arxiv: '2402.04333', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      'cosines of gradients at one checkpoint; the publication adds up checkpoints, and takes Adam’s updates in the place of gradients of candidates',
  },
  config: z.strictObject(gradientFields),
  unfit: needsOwnLosses,
  select: {
    ...projected,
    choose(input) {
      const { candidates, targets } = atLengthOne(gradientsOf(input));
      const scores = candidates.mmul(targets.transpose()).mean('row');
      return largest(scores.keys(), input.count, scores);
    },
    distance: whitenedDistance,
  },
});
