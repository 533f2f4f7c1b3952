/** @file SGD with optional momentum, torch's form: `M ← μM + G`, first step `M = G`. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { trace } from '../parts/gradient/trace.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const sgd = defineOptimizer({
  name: 'sgd',
  title: 'SGD',
  config: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0).describe('Weight of past gradients; 0 keeps no state'),
    weightDecay: z.number().min(0).default(0).describe('Decoupled decay of rank-2 tensors, per unit learning rate'),
  }),
  usesRank: false,
  build({ momentum, weightDecay }) {
    const accumulation = momentum > 0 ? [trace(momentum)] : [];
    return everyParameter(chain(...accumulation, decayWeights(weightDecay), descend()));
  },
});
