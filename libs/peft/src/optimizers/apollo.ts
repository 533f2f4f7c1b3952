/**
 * @file APOLLO: the gradient itself, scaled channel by channel as Adam would scale a random projection of it. Nothing of
 * the projection is kept.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { biasCorrection, scaleByAdam } from '../parts/gradient/adam.js';
import { estimateScale } from '../parts/gradient/norm-ratio.js';
import { apolloInTorch } from '../parts/gradient/packages.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField } from '../parts/gradient/settings.js';
import { gaussianSubspace, isProjected } from '../parts/gradient/subspace.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { projectsSome } from '../parts/gradient/unfit.js';

const paper = { title: 'APOLLO: SGD-like Memory, AdamW-level Performance', arxiv: '2412.05270', year: 2024 };

const redraw = { action: 'draws its projection anew', usual: 200 };
const clocks = { gap: redraw };

const shared = {
  gap: clockField('Steps between draws of the projection', redraw, "the authors' code"),
  limiter: z
    .number()
    .min(1)
    .default(1.01)
    .describe(
      "The norm of an update, before bias correction, grows by at most this factor in a step (the authors' code, 1.01)",
    ),
  ...adamFields,
  ...decayField,
};

type Recipe = z.infer<z.ZodObject<typeof shared>> & { rank: number; scale: number; per: 'channel' | 'tensor' };

function build({ rank, scale, per, gap = redraw.usual, limiter, weightDecay, ...adamConfig }: Recipe) {
  const adam = scaleByAdam(adamConfig);
  const estimated = estimateScale(adam, {
    subspace: gaussianSubspace({ rank, gap }),
    per,
    gain: Math.sqrt(scale),
    limiter,
    correction: biasCorrection(adamConfig),
  });
  const direction = partition((info) => (isProjected(info, rank) ? estimated : adam));
  return everyParameter(chain(direction, decayWeights(weightDecay), descend()), projectsSome(rank));
}

export const apollo = defineOptimizer({
  name: 'apollo',
  title: 'APOLLO',
  paper,
  config: z.strictObject({
    rank: z.int().min(1).default(8).describe('Rank of the projection that the moments are of'),
    scale: z.number().positive().default(1).describe('Updates are multiplied by its root'),
    ...shared,
  }),
  clocks,
  usesRank: true,
  stateFormula: '2·size (projected: 2·r·max(in, out) + 1)',
  stateCase: (info, { rank }) => (isProjected(info, rank) ? 'projected' : undefined),
  heldInTorch: ({ rank }) => apolloInTorch(rank, 'channel'),
  build: (config) => build({ ...config, per: 'channel' }),
});

export const apolloMini = defineOptimizer({
  name: 'apollo-mini',
  title: 'APOLLO-Mini',
  paper,
  config: z.strictObject({
    scale: z.number().positive().default(128).describe('Updates are multiplied by its root'),
    ...shared,
  }),
  clocks,
  usesRank: false,
  stateFormula: '2·size (projected: 2·max(in, out) + 1)',
  stateCase: (info) => (isProjected(info, 1) ? 'projected' : undefined),
  heldInTorch: () => apolloInTorch(1, 'tensor'),
  build: (config) => build({ ...config, rank: 1, per: 'tensor' }),
});
