/**
 * @file Q-GaLore: GaLore with kernels and moments of 8 bits, a basis of 4, and refreshes that grow rare where the subspace
 * hardly turns. Follows the paper where the authors' code differs: steps are counted once, similarity is |cos|. The turn is
 * measured against the basis as it is kept, in 4 bits, so that nothing else has to be. A group of a kernel is rounded between
 * its own smallest and largest entry, where the authors' code has a zero among the 256 codes and so loses one of the ends.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { blockwise8, coded, codedSubspace, groupwise4, projectedCase } from '../parts/gradient/codec.js';
import { qGaloreInTorch } from '../parts/gradient/packages.js';
import { projected } from '../parts/gradient/projected.js';
import { lazily } from '../parts/gradient/refresh.js';
import { roundStochastically } from '../parts/gradient/round.js';
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

export const qGalore = defineOptimizer({
  name: 'q-galore',
  title: 'Q-GaLore',
  paper: {
    title: 'Q-GaLore: Quantized GaLore with INT4 Projection and Layer-Adaptive Low-Rank Gradients',
    arxiv: '2407.08296',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Kernels have no more than the values of 8 bits after each step, but are held as floats: of the memory that the paper saves, that of the weights is not saved here',
  },
  config: z.strictObject({
    ...projectedFields,
    groupSize: z.int().min(1).default(256).describe('Entries of a basis or a kernel that share a scale'),
    roundWeights: z
      .boolean()
      .default(true)
      .describe('Kernels are rounded to 8 bits after every step, up or down by chance'),
    threshold: z.number().min(0).max(1).default(0.4).describe('Mean |cos| of the last moves from which the gap grows'),
    window: z.int().min(1).default(5).describe('Moves that the mean is over'),
    factor: z.number().min(1).default(2).describe('What the gap is multiplied by'),
    ...adamFields,
    ...blockwiseFields,
    ...decayField,
  }),
  clocks: projectedClocks,
  usesRank: true,
  stateFormula:
    '2·⌈size / 4⌉ + 2·⌈size / blockSize⌉ (whole: 2·size; projected: ⌈r·min(in, out) / 8⌉ + 2·⌈r·min(in, out) / groupSize⌉ + window + 2 + 2·⌈r·max(in, out) / 4⌉ + 2·⌈r·max(in, out) / blockSize⌉; projected whole: ⌈r·min(in, out) / 8⌉ + 2·⌈r·min(in, out) / groupSize⌉ + window + 2 + 2·r·max(in, out))',
  stateCase: projectedCase,
  heldInTorch: ({ rank, groupSize }) => qGaloreInTorch(rank, groupSize),
  build(config) {
    const { rank, groupSize, scale, roundWeights } = config;
    const adam = coded(scaleByAdam(config), blockwise8(config));
    const subspace = codedSubspace(
      keptSubspace({ rank, refresh: lazily({ ...config, gap: projectedGap(config) }) }),
      groupwise4(groupSize),
    );
    const low = projected(adam, { subspace, scale });
    const [decay, round] = [decayWeights(config.weightDecay), roundStochastically({ bits: 8, groupSize })];
    const ofKernel = chain(low, decay, descend(), ...(roundWeights ? [round] : []));
    const ofRest = chain(adam, decay, descend());
    const step = partition((info) => (isProjected(info, rank) ? ofKernel : ofRest));
    return everyParameter(step, projectsSome(rank));
  },
});
