/** @file AdamW: Adam with the weight decay taken out of the gradient. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const adamw = defineOptimizer({
  name: 'adamw',
  title: 'AdamW',
  paper: { title: 'Decoupled Weight Decay Regularization', arxiv: '1711.05101', year: 2017 },
  config: z.strictObject({
    ...adamFields,
    weightDecay: z.number().min(0).default(0.01).describe('Decoupled decay of rank-2 tensors, per unit learning rate'),
  }),
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  inBitsandbytes: true,
  inTorch: ({ weightDecay, ...settings }) => ({ name: 'adamw', weightDecay, settings }),
  build: (config) => everyParameter(chain(scaleByAdam(config), decayWeights(config.weightDecay), descend())),
});
