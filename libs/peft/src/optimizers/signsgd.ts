/** @file signSGD: every entry moves by the learning rate. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { scaleBySign } from '../parts/gradient/sign.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const signsgd = defineOptimizer({
  name: 'signsgd',
  title: 'signSGD',
  paper: { title: 'signSGD: Compressed Optimisation for Non-Convex Problems', arxiv: '1802.04434', year: 2018 },
  config: z.strictObject({
    ...decayField,
  }),
  usesRank: false,
  stateFormula: '0',
  ignoresScale: true,
  build: ({ weightDecay }) => everyParameter(chain(scaleBySign(), decayWeights(weightDecay), descend())),
});
