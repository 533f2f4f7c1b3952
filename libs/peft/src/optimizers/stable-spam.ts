/**
 * @file Stable-SPAM: gradients held to their usual size before AdamW, whose moments are begun anew now and then.
 * Follows the paper where the authors' code differs: a reset takes the moments and their count of steps, and leaves the
 * statistics of the gradient alone. Left out: the schedule that lowers β₁ over a run.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { resetEvery } from '../parts/gradient/reset.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { clockField, decayField } from '../parts/gradient/settings.js';
import { clipToUsualMaximum, normalizeByUsualNorm } from '../parts/gradient/steady.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';
import { clipsItself } from '../parts/gradient/unfit.js';

const reset = { action: 'begins its moments anew', usual: 1000 };

export const stableSpam = defineOptimizer({
  name: 'stable-spam',
  title: 'Stable-SPAM',
  paper: {
    title: 'Stable-SPAM: How to Train in 4-Bit More Stably than 16-Bit Adam',
    arxiv: '2502.17055',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      'The schedule that lowers β₁ over a run is left out: β₁ stays as it is set. Under clipNorm, whose default is 1, gradients come clipped, which the paper does not do',
  },
  config: z.strictObject({
    clipDecay: z.number().min(0).lt(1).default(0.999).describe('Decay of the usual largest entry of a gradient'),
    normDecay: z.number().min(0).lt(1).default(0.7).describe('Decay of the usual norm of a gradient'),
    normSquareDecay: z.number().min(0).lt(1).default(0.9).describe('Decay of the usual square of the norm'),
    gap: clockField('Steps after which the moments are begun anew', reset, 'the paper'),
    beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment'),
    beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment'),
    epsilon: z.number().positive().default(1e-8).describe('Added to roots of second moments'),
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M in bfloat16: perplexity 28.84; Adam 34.09',
      source: 'arXiv 2502.17055, table 2',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 28.84 / 34.09 },
      },
    },
  ],
  clocks: { gap: reset },
  usesRank: false,
  stateFormula: '2·size + 3',
  ignoresScale: true,
  build({ clipDecay, normDecay, normSquareDecay, gap = reset.usual, weightDecay, ...adam }) {
    return everyParameter(
      chain(
        clipToUsualMaximum(clipDecay),
        normalizeByUsualNorm({ mean: normDecay, square: normSquareDecay, epsilon: adam.epsilon }),
        resetEvery(gap, scaleByAdam(adam)),
        decayWeights(weightDecay),
        descend(),
      ),
      clipsItself,
    );
  },
});
