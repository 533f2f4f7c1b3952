/** @file Lion: the sign of an interpolated momentum; one state tensor instead of Adam's two. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { scaleByLion } from '../parts/gradient/sign.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const lion = defineOptimizer({
  name: 'lion',
  title: 'Lion',
  paper: { title: 'Symbolic Discovery of Optimization Algorithms', arxiv: '2302.06675', year: 2023 },
  config: z.strictObject({
    beta1: z.number().min(0).lt(1).default(0.9).describe('Weight of the momentum in the direction'),
    beta2: z.number().min(0).lt(1).default(0.99).describe('Decay of the momentum'),
    ...decayField,
  }),
  usesRank: false,
  stateFormula: 'size',
  ignoresScale: true,
  inTorch: ({ weightDecay, ...settings }) => ({ name: 'lion', weightDecay, settings }),
  build: ({ weightDecay, ...lion }) => everyParameter(chain(scaleByLion(lion), decayWeights(weightDecay), descend())),
});
