/** @file SGD without a state. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const sgd = defineOptimizer({
  name: 'sgd',
  title: 'SGD',
  config: z.strictObject({
    ...decayField,
  }),
  usesRank: false,
  stateFormula: '0',
  inTorch: ({ weightDecay }) => ({ name: 'sgd', weightDecay, settings: {} }),
  build: ({ weightDecay }) => everyParameter(chain(decayWeights(weightDecay), descend())),
});
