/**
 * @file Fira: GaLore, and what its subspace leaves out, scaled column by column as Adam scaled the subspace.
 * Scale and limiter are those of the authors' code: what is lifted is multiplied by the scale, so that the residual is
 * `G − scale·P·Pᵀ·G`, without a scale of its own; the limiter compares norms from before the bias correction.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { biasCorrection, scaleByAdam } from '../parts/gradient/adam.js';
import { scaledByNormRatio } from '../parts/gradient/norm-ratio.js';
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

export const fira = defineOptimizer({
  name: 'fira',
  title: 'Fira',
  paper: {
    title: 'Fira: Can We Achieve Full-rank Training of LLMs Under Low-rank Constraint?',
    arxiv: '2410.01623',
    year: 2024,
  },
  config: z.strictObject({
    ...projectedFields,
    scale: projectedFields.scale.describe('Factor of the updates in the subspace; the residual has none'),
    ...subspaceField,
    limiter: z
      .number()
      .min(1)
      .default(1.01)
      .describe(
        "The residual, before bias correction, grows by at most this factor in a step (the authors' code, 1.01)",
      ),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M: perplexity 31.06; GaLore 34.88',
      source: 'arXiv 2410.01623',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'galore',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 31.06 / 34.88 },
      },
    },
    {
      text: 'C4, LLaMA of 60 M: perplexity 31.06; full rank 34.06',
      source: 'arXiv 2410.01623',
      compare: {
        scale: { parameters: 60e6 },
        on: 'full-ft',
        optimizer: 'adamw',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 31.06 / 34.06 },
      },
    },
  ],
  // The scale multiplied the residual, too.
  numbers: ({ config }) => (config.scale === 1 ? 1 : 2),
  clocks: projectedClocks,
  usesRank: true,
  stateFormula: '2·size (projected: r·min(in, out) + 2·r·max(in, out) + 1)',
  stateCase: (info, { rank }) => (isProjected(info, rank) ? 'projected' : undefined),
  build(config) {
    const adam = scaleByAdam(config);
    const low = projected(adam, {
      subspace: keptSubspace({ ...config, refresh: every(projectedGap(config)) }),
      scale: config.scale,
      residual: scaledByNormRatio({ limiter: config.limiter, correction: biasCorrection(config) }),
    });
    const direction = partition((info) => (isProjected(info, config.rank) ? low : adam));
    return everyParameter(chain(direction, decayWeights(config.weightDecay), descend()), projectsSome(config.rank));
  },
});
