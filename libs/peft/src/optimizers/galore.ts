/**
 * @file GaLore: AdamW whose moments live in a low-rank subspace of each kernel's gradient.
 * Follows the paper where the authors' code differs: ε after the bias correction, 1e-8; the shorter side is projected;
 * decay with the step (0 by default), not after it.
 */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { projected } from '../parts/gradient/projected.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';

/** Kernels larger than the rank on both sides; embeddings, heads, norms, biases and adapters keep the plain optimizer. */
const isProjected = ({ role, shape }: ParameterInfo, rank: number) => role === 'kernel' && Math.min(...shape) > rank;

export const galore = defineOptimizer({
  name: 'galore',
  title: 'GaLore',
  paper: {
    title: 'GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection',
    arxiv: '2403.03507',
    year: 2024,
  },
  config: z.strictObject({
    rank: z.int().min(1).default(8).describe('Rank of the subspace the moments live in'),
    gap: z.int().min(1).default(200).describe('Steps between refreshes of the subspace'),
    scale: z.number().positive().default(0.25).describe('Factor of the projected updates'),
    beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment'),
    beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment'),
    epsilon: z.number().positive().default(1e-8).describe('Added to the root of the second moment'),
    weightDecay: z.number().min(0).default(0).describe('Decoupled decay of rank-2 tensors, per unit learning rate'),
  }),
  usesRank: true,
  build(config) {
    const adam = scaleByAdam(config);
    const low = projected(adam, config);
    const direction = partition((info) => (isProjected(info, config.rank) ? low : adam));
    return everyParameter(chain(direction, decayWeights(config.weightDecay), descend()));
  },
});
