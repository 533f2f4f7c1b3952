/** @file The parts that optimizers are made of, each with settings under which laws hold of it, and a run of one on four matrices. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GradientPart, OptimizerState, ParameterInfo } from '../../src/method.js';
import { activeSet, atMost, inTurn, inWindows, shareOf, uniformly } from '../../src/parts/gradient/active.js';
import { biasCorrection, scaleByAdam } from '../../src/parts/gradient/adam.js';
import { nesterovAverage } from '../../src/parts/gradient/average.js';
import { blockwise8, coded, codedSubspace, groupwise4 } from '../../src/parts/gradient/codec.js';
import { scaleByFactoredRms, scaleByParameter } from '../../src/parts/gradient/factored.js';
import { estimateScale, scaledByNormRatio } from '../../src/parts/gradient/norm-ratio.js';
import { orthogonalize } from '../../src/parts/gradient/orthogonal.js';
import { inSubspace, projected } from '../../src/parts/gradient/projected.js';
import { estimated, rankEstimator } from '../../src/parts/gradient/rank-estimate.js';
import { every, lazily } from '../../src/parts/gradient/refresh.js';
import { resetEvery } from '../../src/parts/gradient/reset.js';
import { roundStochastically } from '../../src/parts/gradient/round.js';
import { decayWeights, descend, scaleByShape } from '../../src/parts/gradient/scale.js';
import { scaleByLion, scaleBySign } from '../../src/parts/gradient/sign.js';
import { signOfResidual } from '../../src/parts/gradient/sign-residual.js';
import { clipSpikes } from '../../src/parts/gradient/spikes.js';
import { clipToUsualMaximum, normalizeByUsualNorm } from '../../src/parts/gradient/steady.js';
import {
  coordinateSubspace,
  gaussianSubspace,
  keptSubspace,
  type Subspace,
  twoSidedSubspace,
} from '../../src/parts/gradient/subspace.js';
import { trace } from '../../src/parts/gradient/trace.js';
import { chain, everyParameter, partition, type Transform } from '../../src/parts/gradient/transform.js';
import { createRandom } from '../../src/tensor/random.js';
import { tf } from '../../src/tensor/tf.js';
import { products } from './one-layer.js';

export const matrix = (path: string, shape: number[]): ParameterInfo => ({ path, shape, role: 'kernel', decays: true });
export const info = [
  matrix('blocks.0.wide', [5, 8]),
  matrix('blocks.0.tall', [7, 4]),
  matrix('blocks.1.square', [6, 6]),
  matrix('outside', [4, 9]),
];
/** The smallest side there is. */
export const full = 4;

const betas = { beta1: 0.9, beta2: 0.99 };
export const adam = scaleByAdam({ ...betas, epsilon: 1e-8 });
export const growth = { limiter: 1.01, correction: biasCorrection(betas) };
const lazy = lazily({ gap: 1, threshold: 0.3, window: 2, factor: 2 });
const leading = keptSubspace({ rank: 2, refresh: every(2) });
export const random = keptSubspace({ rank: 2, refresh: every(2), subspace: 'random' });
const coordinates = coordinateSubspace({ density: 0.5, gap: 2 });

type Part = (...given: never[]) => unknown;

/** `of`: the parts of the library that it is made of. `orthonormal`: what is lifted and projected again is what it was. */
export const subspaces: { label: string; of: Part[]; subspace: Subspace; orthonormal: boolean }[] = [
  { label: 'leading singular vectors', of: [keptSubspace, every], subspace: leading, orthonormal: true },
  { label: 'a random subspace', of: [keptSubspace, every], subspace: random, orthonormal: true },
  {
    label: 'one refreshed lazily',
    of: [keptSubspace, lazily],
    subspace: keptSubspace({ rank: 2, refresh: lazy }),
    orthonormal: true,
  },
  { label: 'coordinates', of: [coordinateSubspace], subspace: coordinates, orthonormal: true },
  {
    label: 'singular vectors of both sides',
    of: [twoSidedSubspace],
    subspace: twoSidedSubspace({ rank: 2, gap: 2 }),
    orthonormal: true,
  },
  {
    label: 'normal numbers',
    of: [gaussianSubspace],
    subspace: gaussianSubspace({ rank: 2, gap: 2 }),
    orthonormal: false,
  },
  {
    label: 'a basis of 4 bits',
    of: [codedSubspace, groupwise4, keptSubspace],
    subspace: codedSubspace(leading, groupwise4(8)),
    orthonormal: false,
  },
];

const lion = scaleByLion({ beta1: 0.9, beta2: 0.99 });
export const transforms: { label: string; of: Part[]; transform: Transform }[] = [
  { label: 'Adam', of: [scaleByAdam], transform: adam },
  { label: 'Adam begun anew, with a warm-up', of: [resetEvery], transform: resetEvery(2, adam, 3) },
  { label: 'trace', of: [trace], transform: trace({ momentum: 0.9, nesterov: true }) },
  { label: 'Nesterov average', of: [nesterovAverage], transform: nesterovAverage(0.9) },
  { label: 'Lion', of: [scaleByLion], transform: lion },
  { label: 'sign', of: [scaleBySign], transform: scaleBySign() },
  {
    label: 'factored second moment',
    of: [scaleByFactoredRms],
    transform: scaleByFactoredRms({ decay: 0.8, epsilon: 1e-30, clip: 1 }),
  },
  { label: 'scale of the parameter', of: [scaleByParameter], transform: scaleByParameter(1e-3) },
  {
    label: 'scale of the shape',
    of: [scaleByShape],
    transform: scaleByShape(([inputs, outputs]) => Math.sqrt(outputs! / inputs!)),
  },
  { label: 'orthogonal', of: [orthogonalize], transform: orthogonalize(5) },
  { label: 'clip to the usual maximum', of: [clipToUsualMaximum], transform: clipToUsualMaximum(0.9) },
  {
    label: 'usual norm',
    of: [normalizeByUsualNorm],
    transform: normalizeByUsualNorm({ mean: 0.7, square: 0.9, epsilon: 1e-8 }),
  },
  { label: 'spikes', of: [clipSpikes], transform: clipSpikes(adam, { threshold: 2, after: 1 }) },
  { label: 'decay and step', of: [chain, decayWeights, descend], transform: chain(decayWeights(0.1), descend()) },
  {
    label: 'a step that is rounded',
    of: [roundStochastically],
    transform: chain(descend(), roundStochastically({ bits: 8, groupSize: 16 })),
  },
  {
    label: 'one part for some, another for others',
    of: [partition],
    transform: partition(({ path }) => (path === 'outside' ? lion : adam)),
  },
  ...subspaces.flatMap(({ label, of, subspace }) => [
    {
      label: `Adam in ${label}`,
      of: [...of, projected, inSubspace],
      transform: projected(adam, { subspace, scale: 0.5 }),
    },
    {
      label: `Adam in ${label} with norm ratio`,
      of: [...of, scaledByNormRatio],
      transform: projected(adam, { subspace, residual: scaledByNormRatio(growth) }),
    },
    {
      label: `Lion in ${label} with sign`,
      of: [...of, signOfResidual],
      transform: projected(lion, { subspace, residual: signOfResidual(0.5) }),
    },
    {
      label: `scales estimated in ${label}`,
      of: [...of, estimateScale],
      transform: estimateScale(adam, { subspace, per: 'channel', gain: 1, ...growth }),
    },
  ]),
];

/** Every part above is run by itself and in each of these. */
export const around: Part[] = [
  everyParameter,
  coded,
  blockwise8,
  resetEvery,
  activeSet,
  uniformly,
  atMost,
  inTurn,
  inWindows,
  shareOf,
  estimated,
  rankEstimator,
];

interface Options {
  /** Default: `info`. */
  of?: readonly ParameterInfo[];
  steps?: number;
  factor?: number;
}

/** Updates of every step, by parameter, from gradients that do not depend on what is run. */
export async function run(
  part: GradientPart,
  { steps = 5, factor = 1, of = info }: Options = {},
  seen?: (state: OptimizerState) => void,
) {
  const gradientsFrom = createRandom('gradients');
  let state = part.init(of, createRandom(1));
  seen?.(state);
  const made: Record<string, number[][]> = {};
  const parameters = new Map<string, Tensor>(of.map(({ path, shape }) => [path, tf.fill(shape, 0.5)]));
  for (let step = 1; step <= steps; step++) {
    const gradients = new Map(
      of.map(({ path, shape }) => {
        const size = shape.reduce((product, side) => product * side, 1);
        return [
          path,
          tf.tensor(
            Float32Array.from({ length: size }, () => factor * gradientsFrom.normal()),
            shape,
          ),
        ];
      }),
    );
    const input = {
      gradients,
      parameters,
      info: of,
      state,
      step,
      learningRate: 0.1,
      random: createRandom(1),
      products,
    };
    const result = await part.update(input);
    state = result.state;
    seen?.(state);
    for (const [path, update] of result.updates) made[path] = [...(made[path] ?? []), [...update.dataSync()]];
    tf.dispose([...gradients.values(), ...result.updates.values()]);
  }
  tf.dispose([...parameters.values(), ...Object.values(state)]);
  return made;
}
