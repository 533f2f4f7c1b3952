/**
 * @file Adafactor without a first moment. The sweep's learning rate stands for the relative step size ρ; the paper's own
 * schedule of it, min(1e-2, 1/√t), is not built in.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByFactoredRms, scaleByParameter } from '../parts/gradient/factored.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

export const adafactor = defineOptimizer({
  name: 'adafactor',
  title: 'Adafactor',
  paper: { title: 'Adafactor: Adaptive Learning Rates with Sublinear Memory Cost', arxiv: '1804.04235', year: 2018 },
  config: z.strictObject({
    decay: z.number().positive().max(1).default(0.8).describe('The second moment decays by 1 − t^−decay at step t'),
    epsilon: z.number().positive().default(1e-30).describe('Added to the square of a gradient'),
    clip: z.number().positive().default(1).describe('Largest root mean square of an update'),
    scaleParameter: z.boolean().default(true).describe('Whether steps are relative to the size of the parameter'),
    parameterEpsilon: z.number().positive().default(1e-3).describe('Smallest size a parameter is taken to have'),
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M in bfloat16: perplexity 32.57; Adam 34.09',
      source: 'arXiv 2502.17055',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 32.57 / 34.09 },
      },
    },
  ],
  usesRank: false,
  stateFormula: 'size (matrix: in + out)',
  stateCase: ({ shape }) => (shape.length === 2 ? 'matrix' : undefined),
  inTorch: ({ weightDecay, ...settings }) => ({ name: 'adafactor', weightDecay, settings }),
  build({ scaleParameter, parameterEpsilon, weightDecay, ...factored }) {
    const relative = scaleParameter ? [scaleByParameter(parameterEpsilon)] : [];
    return everyParameter(chain(scaleByFactoredRms(factored), ...relative, decayWeights(weightDecay), descend()));
  },
});
