/** @file TAROT without whitening: what it is worth stands beside it. */
import { z } from 'zod';
import { atLengthOne, centred, gradientsOf } from './gradient-features.js';
import { nearestLayers } from './nearest-layers.js';
import { defineRecipe } from './recipe.js';
import { gradientFields, needsOwnLosses, projected } from './selection.js';
import { tarotPaper, whitenedDistance } from './tarot.js';

export const tarotUnwhitened = defineRecipe({
  name: 'tarot-unwhitened',
  title: 'Selection by transport of gradients as they are',
  summary: 'Trains on the examples whose gradients, without whitening, stand nearest to each of those of a target.',
  paper: tarotPaper,
  evidence: { level: 'partial', reason: 'the ablation of the publication; what differs is as of tarot' },
  config: z.strictObject(gradientFields),
  unfit: needsOwnLosses,
  select: {
    ...projected,
    choose(input) {
      const { candidates, targets } = atLengthOne(centred(gradientsOf(input)));
      return nearestLayers(candidates, targets, input.count);
    },
    distance: whitenedDistance,
  },
});
