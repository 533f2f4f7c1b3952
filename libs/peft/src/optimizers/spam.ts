/**
 * @file SPAM: AdamW whose moments are begun anew now and then, and whose spikes of the gradient are cut by its own second
 * moment. Follows the paper where the authors' code differs: a reset takes the count of the bias correction too, and comes
 * before the step that follows the gap. An entry whose second moment is still zero is no spike. Left out: moments of a
 * random share of the entries.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { resetEvery } from '../parts/gradient/reset.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField } from '../parts/gradient/settings.js';
import { clipSpikes } from '../parts/gradient/spikes.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';
import { clipsItself } from '../parts/gradient/unfit.js';

/** In a shorter gap hardly a spike would be cut, for none is in the first steps after a reset. */
const reset = { action: 'begins its moments anew', usual: 500, least: 40 };
/** The share of the gap that the paper has for its gap of 500. */
const warmUpShare = 150 / reset.usual;

export const spam = defineOptimizer({
  name: 'spam',
  title: 'SPAM',
  paper: {
    title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
    arxiv: '2501.06842',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      'Moments of a random share of the entries, with which the paper saves memory, are left out: every entry has its moments. Under clipNorm, whose default is 1, gradients come clipped, which the paper does not do',
  },
  config: z.strictObject({
    threshold: z
      .number()
      .positive()
      .default(5000)
      .describe('An entry is a spike where its square is above this multiple of its second moment'),
    after: z.int().min(0).default(20).describe('Steps after the start and after a reset in which nothing is cut'),
    gap: clockField('Steps after which the moments are begun anew', reset, 'the paper'),
    warmUp: z
      .int()
      .min(0)
      .optional()
      .describe("Steps over which updates grow again after a reset; default: 150 of 500, of the gap's"),
    ...adamFields,
    epsilon: adamFields.epsilon.default(1e-6),
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M in bfloat16: perplexity 30.46; Adam 34.09',
      source: 'arXiv 2502.17055, table 2',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 30.46 / 34.09 },
      },
    },
  ],
  clocks: { gap: reset },
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  build(config) {
    const { threshold, gap = reset.usual, after, warmUp, weightDecay, ...adam } = config;
    const rising = warmUp ?? Math.round(warmUpShare * gap);
    const clipped = clipSpikes(scaleByAdam(adam), { threshold, after });
    return everyParameter(chain(resetEvery(gap, clipped, rising), decayWeights(weightDecay), descend()), clipsItself);
  },
});
