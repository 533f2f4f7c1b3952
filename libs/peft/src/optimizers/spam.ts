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
import { adamFields, decayField } from '../parts/gradient/settings.js';
import { clipSpikes } from '../parts/gradient/spikes.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

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
      'Moments of a random share of the entries, with which the paper saves memory, are left out: every entry has its moments',
  },
  config: z.strictObject({
    threshold: z
      .number()
      .positive()
      .default(5000)
      .describe('An entry is a spike where its square is above this multiple of its second moment'),
    after: z.int().min(0).default(20).describe('Steps after the start and after a reset in which nothing is cut'),
    gap: z.int().min(1).default(500).describe('Steps after which the moments are begun anew'),
    warmUp: z.int().min(0).default(150).describe('Steps over which updates grow again after a reset'),
    ...adamFields,
    epsilon: adamFields.epsilon.default(1e-6),
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M in bfloat16: perplexity 30.46; Adam 34.09',
      source: 'arXiv 2502.17055, table 2',
      compare: { on: 'full-ft', optimizer: 'adamw', measure: 'score', kind: 'pretrain' },
    },
  ],
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  build({ threshold, after, gap, warmUp, weightDecay, ...adam }) {
    const clipped = clipSpikes(scaleByAdam(adam), { threshold, after });
    return everyParameter(chain(resetEvery(gap, clipped, warmUp), decayWeights(weightDecay), descend()));
  },
});
