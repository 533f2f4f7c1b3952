/**
 * @file ZO-RankSGD: SGD along a direction that follows from the order of the losses of a few perturbations; there is no
 * backward pass. Weights of the perturbations are the paper's, which sum to 0, not those of the authors' code. Left out:
 * the line search.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { estimated, rankEstimator } from '../parts/gradient/rank-estimate.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

/** An estimate is a sum of normal numbers: its norm grows with the root of the number of parameters, whatever the loss. */
const normalized = (clipNorm: number) =>
  `clipNorm ${clipNorm} makes nearly every estimate this long, for its own length grows with the number of parameters: a step is as long as the learning rate times it. Set clipNorm to null, with a smaller learning rate, for the step of the paper`;

export const zoRanksgd = defineOptimizer({
  name: 'zo-ranksgd',
  title: 'ZO-RankSGD',
  paper: {
    title: 'Zeroth-Order Optimization Meets Human Feedback: Provable Learning via Ranking Oracles',
    arxiv: '2303.03751',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'The estimator is known from secondary sources and the authors’ code; defaults are ours. No line search. Under clipNorm, whose default is 1, nearly every estimate is cut to that norm, which the paper does not do',
  },
  config: z
    .strictObject({
      candidates: z.int().min(2).default(8).describe('Perturbations that a step compares, a forward pass each'),
      best: z.int().min(1).default(4).describe('Of these the best ones whose order counts; of the others none does'),
      distance: z.number().positive().default(0.01).describe('Standard deviation of a perturbation'),
      ...decayField,
    })
    .refine(({ candidates, best }) => best <= candidates, {
      path: ['best'],
      message: 'there must be at least so many candidates',
    }),
  usesRank: false,
  stateFormula: '0',
  build({ weightDecay, ...ranks }) {
    const sgd = everyParameter(chain(decayWeights(weightDecay), descend()));
    return { ...estimated(sgd, rankEstimator(ranks)), clipped: normalized };
  },
});
