/**
 * @file FRUGAL: a share of every kernel's inputs, or of the kernels, under AdamW, begun anew at each refresh, and the sign of
 * the gradient for all others. A kernel that has less than one input of its share is under the sign alone.
 */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo } from '../method.js';
import { activeSet, inWindows, shareOf, uniformly } from '../parts/gradient/active.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { projected } from '../parts/gradient/projected.js';
import { resetEvery } from '../parts/gradient/reset.js';
import { decayWeights, descend, scaleByShape } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField } from '../parts/gradient/settings.js';
import { scaleBySign } from '../parts/gradient/sign.js';
import { signOfResidual } from '../parts/gradient/sign-residual.js';
import { coordinateSubspace } from '../parts/gradient/subspace.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { sharesSome, turnsOfSome } from '../parts/gradient/unfit.js';

const turn = { action: 'trains another share', usual: 200 };

export const frugal = defineOptimizer({
  name: 'frugal',
  title: 'FRUGAL',
  paper: {
    title: 'FRUGAL: Memory-Efficient Optimization by Reducing State Overhead for Scalable Training',
    arxiv: '2411.07837',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Of the paper’s choices of what AdamW trains there are random inputs of each kernel, and whole kernels by turns; single entries, outputs, singular vectors and the mirrored order are left out',
  },
  config: z.strictObject({
    choice: z
      .enum(['inputs', 'kernels'])
      .default('inputs')
      .describe('AdamW trains a share of the inputs of every kernel, or a share of the kernels'),
    order: z
      .enum(['random', 'ascending', 'descending'])
      .default('descending')
      .describe('Of the turns that whole kernels take; random draws them at each refresh'),
    density: z.number().min(0).max(1).default(0.25).describe('That share'),
    gap: clockField('Steps between refreshes, at which another share begins', turn, "the authors' scripts"),
    signScale: z.number().min(0).default(1).describe('Learning rate of the others, as a multiple'),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'Beats concurrent approaches at the same memory',
      source: 'arXiv 2411.07837, abstract',
      compare: { on: 'full-ft', optimizer: 'galore', measure: 'score', kind: 'pretrain' },
    },
  ],
  clocks: { gap: turn },
  usesRank: false,
  stateFormula: '2·size (kernel: 2·⌊density·in⌋·out; kernel in its turn: 2·size)',
  stateCase({ role }, { choice }) {
    if (role !== 'kernel') return undefined;
    return choice === 'kernels' ? 'kernel in its turn' : role;
  },
  build({ choice, order, density, gap = turn.usual, signScale, weightDecay, ...adamConfig }) {
    const adam = scaleByAdam(adamConfig);
    const sign = chain(
      scaleBySign(),
      scaleByShape(() => signScale),
    );
    const step = [decayWeights(weightDecay), descend()] as const;
    if (choice === 'kernels') {
      const count = shareOf(density);
      const turns = activeSet(everyParameter(chain(adam, ...step)), {
        sampler: order === 'random' ? uniformly(count) : inWindows(order, count),
        gap,
        blockOf: ({ role, path }) => (role === 'kernel' ? path : undefined),
        always: () => true,
        renews: true,
        others: everyParameter(chain(sign, ...step)),
      });
      return { ...turns, ...turnsOfSome(density) };
    }
    const split = projected(resetEvery(gap, adam), {
      subspace: coordinateSubspace({ density, gap }),
      residual: signOfResidual(signScale),
    });
    const directionOf = ({ role, shape }: ParameterInfo) => {
      if (role !== 'kernel') return adam;
      return shape[0]! * density < 1 ? sign : split;
    };
    return everyParameter(chain(partition(directionOf), ...step), sharesSome(density));
  },
});
