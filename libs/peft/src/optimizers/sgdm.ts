/** @file SGD with momentum, torch's form: `M ← μM + G`, first step `M = G`. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { trace } from '../parts/gradient/trace.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const sgdm = defineOptimizer({
  name: 'sgdm',
  title: 'SGD with momentum',
  config: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.9).describe('Weight of past gradients'),
    nesterov: z.boolean().default(false).describe('Whether a step looks ahead by the momentum: G + μM in place of M'),
    ...decayField,
  }),
  usesRank: false,
  stateFormula: 'size',
  inTorch: ({ weightDecay, ...settings }) => ({ name: 'sgd', weightDecay, settings }),
  build: ({ weightDecay, ...momentum }) => everyParameter(chain(trace(momentum), decayWeights(weightDecay), descend())),
});
