/** @file GaLore with moments of 8 bits. The basis of the subspace stays in floats. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { blockwise8, coded, projectedCase } from '../parts/gradient/codec.js';
import { galore8bitInTorch } from '../parts/gradient/packages.js';
import { projected } from '../parts/gradient/projected.js';
import { every } from '../parts/gradient/refresh.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import {
  adamFields,
  blockwiseFields,
  decayField,
  projectedClocks,
  projectedFields,
  projectedGap,
} from '../parts/gradient/settings.js';
import { isProjected, keptSubspace } from '../parts/gradient/subspace.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { projectsSome } from '../parts/gradient/unfit.js';

export const galore8bit = defineOptimizer({
  name: 'galore-8bit',
  title: '8-bit GaLore',
  paper: {
    title: 'GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection',
    arxiv: '2403.03507',
    year: 2024,
  },
  config: z.strictObject({ ...projectedFields, ...adamFields, ...blockwiseFields, ...decayField }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 7 B: 18 GB; Adam in 8 bits 26 GB',
      source: 'arXiv 2403.03507',
      compare: {
        scale: { parameters: 7e9 },
        on: 'full-ft',
        optimizer: 'adam-8bit',
        measure: 'memory',
        kind: 'pretrain',
        size: { ratio: 18 / 26 },
      },
    },
  ],
  clocks: projectedClocks,
  usesRank: true,
  stateFormula:
    '2·⌈size / 4⌉ + 2·⌈size / blockSize⌉ (whole: 2·size; projected: r·min(in, out) + 2·⌈r·max(in, out) / 4⌉ + 2·⌈r·max(in, out) / blockSize⌉; projected whole: r·min(in, out) + 2·r·max(in, out))',
  stateCase: projectedCase,
  heldInTorch: ({ rank }) => galore8bitInTorch(rank),
  build(config) {
    const { rank, scale } = config;
    const adam = coded(scaleByAdam(config), blockwise8(config));
    const low = projected(adam, { subspace: keptSubspace({ rank, refresh: every(projectedGap(config)) }), scale });
    const direction = partition((info) => (isProjected(info, rank) ? low : adam));
    return everyParameter(chain(direction, decayWeights(config.weightDecay), descend()), projectsSome(rank));
  },
});
