/**
 * @file GaLore: AdamW whose moments live in a low-rank subspace of each kernel's gradient.
 * Follows the paper where the authors' code differs: ε after the bias correction, 1e-8; the shorter side is projected;
 * decay with the step (0 by default), not after it.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { galoreInTorch } from '../parts/gradient/packages.js';
import { projected } from '../parts/gradient/projected.js';
import { every } from '../parts/gradient/refresh.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import {
  adamFields,
  decayField,
  projectedClocks,
  projectedFields,
  projectedGap,
  subspaceField,
} from '../parts/gradient/settings.js';
import { isProjected, keptSubspace } from '../parts/gradient/subspace.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { projectsSome } from '../parts/gradient/unfit.js';

export const galore = defineOptimizer({
  name: 'galore',
  title: 'GaLore',
  paper: {
    title: 'GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection',
    arxiv: '2403.03507',
    year: 2024,
  },
  config: z.strictObject({
    ...projectedFields,
    ...subspaceField,
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M: perplexity 34.88; factors alone 78.18',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        method: 'lowrank-pretrain',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 34.88 / 78.18 },
      },
    },
    {
      text: 'C4, LLaMA of 60 M: perplexity 34.88; LoRA 34.99',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        method: 'lora-pretrain',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 34.88 / 34.99 },
      },
    },
    {
      text: 'C4, LLaMA of 60 M: weights and state 0.24 GB; full rank 0.36 GB',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'adamw',
        measure: 'memory',
        kind: 'pretrain',
        size: { ratio: 0.24 / 0.36 },
      },
    },
  ],
  clocks: projectedClocks,
  usesRank: true,
  stateFormula: '2·size (projected: r·min(in, out) + 2·r·max(in, out))',
  stateCase: (info, { rank }) => (isProjected(info, rank) ? 'projected' : undefined),
  heldInTorch: ({ rank }) => galoreInTorch(rank),
  build(config) {
    const adam = scaleByAdam(config);
    const low = projected(adam, {
      subspace: keptSubspace({ ...config, refresh: every(projectedGap(config)) }),
      scale: config.scale,
    });
    const direction = partition((info) => (isProjected(info, config.rank) ? low : adam));
    return everyParameter(chain(direction, decayWeights(config.weightDecay), descend()), projectsSome(config.rank));
  },
});
