/**
 * @file TAROT: examples whose gradients cover those of a target. Features are whitened, since a few directions along which all gradients
 * are large would decide every distance; and a candidate is taken for being near to one target, not to their mean.
 */
import { z } from 'zod';
import { atLengthOne, centred, gradientsOf, whitened } from './gradient-features.js';
import { nearestLayers } from './nearest-layers.js';
import { defineRecipe, type SelectionInput } from './recipe.js';
import { gradientFields, needsOwnLosses, projected } from './selection.js';
import { distances, transport } from './transport.js';

export const tarotPaper = {
  title: 'TAROT: Targeted Data Selection via Optimal Transport',
  arxiv: '2412.00420',
  year: 2024,
};

/** Whitened features of length 1. */
const whitenedFeatures = (input: SelectionInput<unknown>) => atLengthOne(whitened(centred(gradientsOf(input))));

/** Cost of the transport from the chosen to the target between whitened features, whatever they were chosen by. */
export function whitenedDistance(input: SelectionInput<unknown>, chosen: readonly number[]): number {
  const { candidates, targets } = whitenedFeatures(input);
  return transport(distances(candidates.subMatrixRow([...chosen]), targets)).cost;
}

export const tarot = defineRecipe({
  name: 'tarot',
  title: 'Targeted selection by optimal transport',
  summary: 'Trains on the examples whose whitened gradients stand nearest to each of those of a target.',
  paper: tarotPaper,
  evidence: {
    level: 'partial',
    reason:
      'features, distances and layers are the published code’s; directions are a signed hash in place of a dense matrix, the ridge is relative to the variance, and of the last layer the nearest are taken where that code takes the farthest',
  },
  config: z.strictObject(gradientFields),
  unfit: needsOwnLosses,
  select: {
    ...projected,
    choose(input) {
      const { candidates, targets } = whitenedFeatures(input);
      return nearestLayers(candidates, targets, input.count);
    },
    distance: whitenedDistance,
  },
});
