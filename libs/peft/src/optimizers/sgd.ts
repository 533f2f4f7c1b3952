/** @file SGD without a state. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const sgd = defineOptimizer({
  name: 'sgd',
  title: 'SGD',
  config: z.strictObject({
    weightDecay: z.number().min(0).default(0).describe('Decoupled decay of rank-2 tensors, per unit learning rate'),
  }),
  usesRank: false,
  stateFormula: '0',
  build: ({ weightDecay }) => everyParameter(chain(decayWeights(weightDecay), descend())),
});
