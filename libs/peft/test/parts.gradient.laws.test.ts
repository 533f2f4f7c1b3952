/** @file Laws of the parts that optimizers are made of: each holds of every part that is listed, none is asked for its name. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { GradientPart, OptimizerState, ParameterInfo } from '../src/method.js';
import { activeSet, atMost, inTurn, inWindows, shareOf, uniformly } from '../src/parts/gradient/active.js';
import { biasCorrection, scaleByAdam } from '../src/parts/gradient/adam.js';
import { nesterovAverage } from '../src/parts/gradient/average.js';
import { blockwise8, coded, codedSubspace, float32, groupwise4 } from '../src/parts/gradient/codec.js';
import { scaleByFactoredRms, scaleByParameter } from '../src/parts/gradient/factored.js';
import { estimateScale, scaledByNormRatio } from '../src/parts/gradient/norm-ratio.js';
import { orthogonalize } from '../src/parts/gradient/orthogonal.js';
import { inSubspace, projected } from '../src/parts/gradient/projected.js';
import { estimated, rankEstimator } from '../src/parts/gradient/rank-estimate.js';
import { every, lazily } from '../src/parts/gradient/refresh.js';
import { resetEvery } from '../src/parts/gradient/reset.js';
import { roundStochastically } from '../src/parts/gradient/round.js';
import { decayWeights, descend, scaleByShape } from '../src/parts/gradient/scale.js';
import { scaleByLion, scaleBySign } from '../src/parts/gradient/sign.js';
import { signOfResidual } from '../src/parts/gradient/sign-residual.js';
import { clipSpikes } from '../src/parts/gradient/spikes.js';
import { clipToUsualMaximum, normalizeByUsualNorm } from '../src/parts/gradient/steady.js';
import {
  coordinateSubspace,
  gaussianSubspace,
  keptSubspace,
  type Subspace,
  twoSidedSubspace,
} from '../src/parts/gradient/subspace.js';
import { trace } from '../src/parts/gradient/trace.js';
import { chain, everyParameter, partition, type Transform } from '../src/parts/gradient/transform.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { relativeError } from './support/close.js';
import { products } from './support/one-layer.js';

beforeAll(async () => {
  await openEngine('wasm');
});

const matrix = (path: string, shape: number[]): ParameterInfo => ({ path, shape, role: 'kernel', decays: true });
const info = [
  matrix('blocks.0.wide', [5, 8]),
  matrix('blocks.0.tall', [7, 4]),
  matrix('blocks.1.square', [6, 6]),
  matrix('outside', [4, 9]),
];
/** The smallest side there is. */
const full = 4;

const betas = { beta1: 0.9, beta2: 0.99 };
const adam = scaleByAdam({ ...betas, epsilon: 1e-8 });
const growth = { limiter: 1.01, correction: biasCorrection(betas) };
const lazy = lazily({ gap: 1, threshold: 0.3, window: 2, factor: 2 });
const leading = keptSubspace({ rank: 2, refresh: every(2) });
const random = keptSubspace({ rank: 2, refresh: every(2), subspace: 'random' });
const coordinates = coordinateSubspace({ density: 0.5, gap: 2 });

type Part = (...given: never[]) => unknown;

/** `of`: the parts of the library that it is made of. `orthonormal`: what is lifted and projected again is what it was. */
const subspaces: { label: string; of: Part[]; subspace: Subspace; orthonormal: boolean }[] = [
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
const transforms: { label: string; of: Part[]; transform: Transform }[] = [
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
const around: Part[] = [
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

/** What is exported beside the parts: questions about parameters and shapes, and numbers that parts draw. */
const noParts = [
  'biasCorrection',
  'chosen',
  'clockField',
  'isMatrixAbove',
  'isProjected',
  'keptWhole',
  'ofRun',
  'projectedCase',
  'projectedGap',
  'projectsOf',
  'projectsSome',
  'sharesSome',
  'shuffled',
  'sizeOf',
  'sizesOf',
  'turnsOfSome',
  'withHeadRate',
  'zero',
];

it('walks every part that the gradient slot has', async () => {
  const folder = new URL('../src/parts/gradient/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const modules: object[] = await Promise.all(files.map((file) => import(fileURLToPath(new URL(file, folder)))));
  const exported = modules.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [{ name, value }] : [])),
  );
  const walked = new Set<unknown>([...transforms.flatMap(({ of }) => of), ...around]);
  const left = exported.filter(({ value }) => !walked.has(value)).map(({ name }) => name);
  expect(left.sort()).toEqual(noParts);
});

interface Options {
  /** Default: `info`. */
  of?: readonly ParameterInfo[];
  steps?: number;
  factor?: number;
}

/** Updates of every step, by parameter, from gradients that do not depend on what is run. */
async function run(
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

const bytesOf = (state: OptimizerState) => Object.values(state).reduce((sum, { size }) => sum + 4 * size, 0);

describe.each(transforms)('$label', ({ transform }) => {
  const part = everyParameter(transform);
  const codec = blockwise8({ blockSize: 8, minSize: 0 });

  it('holds the bytes it says, and no tensor more, after the start and after each step, in floats or codes', async () => {
    for (const each of [part, everyParameter(coded(transform, codec))]) {
      const said = each.memory(info, 4).state;
      const counts: number[] = [];
      await run(each, {}, (state) => {
        expect(bytesOf(state)).toBe(said);
        counts.push(tf.memory().numTensors);
      });
      // Parameters come after the first state.
      expect(new Set(counts.slice(1)).size, `${counts}`).toBe(1);
    }
  });

  it('says half the bytes where floats take half, but for what is no float', async () => {
    const encoded = everyParameter(coded(transform, codec));
    expect(part.memory(info, 2).workspace).toBe(part.memory(info, 4).workspace / 2);
    expect(encoded.memory(info, 2).state).toBeLessThanOrEqual(encoded.memory(info, 4).state);
    expect(part.memory(info, 2).state).toBeGreaterThanOrEqual(part.memory(info, 4).state / 2);
  });

  it('draws the same for the same seed', async () => {
    expect(await run(part)).toEqual(await run(part));
  });

  it('is itself with float32 for a codec, with a reset that never comes, with all blocks active, and fed with estimates', async () => {
    const plain = await run(part);
    expect(await run(everyParameter(coded(transform, float32)))).toEqual(plain);
    expect(await run(everyParameter(resetEvery(1e9, transform)))).toEqual(plain);
    expect(await run(activeSet(part, { sampler: uniformly(atMost(2)), gap: 2, always: () => true }))).toEqual(plain);
    const whole = { sampler: inWindows('descending', shareOf(1)), gap: 2, always: () => true, others: part };
    expect(await run(activeSet(part, whole))).toEqual(plain);
    const estimates = estimated(part, rankEstimator({ candidates: 4, best: 1, distance: 0.1 }));
    expect(await run(estimates)).toEqual(plain);
    expect(estimates.estimator!.candidates).toBe(4);
  });

  it('stays finite with gradients of zero, and after them', async () => {
    for (const values of Object.values(await run(part, { factor: 0 })).flat(2)) expect(values).not.toBeNaN();
    for (const values of Object.values(await run(everyParameter(coded(transform, codec)), { factor: 0 })).flat(2)) {
      expect(Number.isFinite(values)).toBe(true);
    }
  });

  it('leaves blocks that are not active alone, and begins anew with those that are', async () => {
    const turns = activeSet(part, { sampler: inTurn('ascending'), gap: 2, always: () => false });
    const made = await run(turns, { steps: 4 });
    expect(Object.keys(made).sort()).toEqual(['blocks.0.tall', 'blocks.0.wide', 'blocks.1.square']);
    for (const updates of Object.values(made)) expect(updates).toHaveLength(2);
    const bytes: number[] = [];
    await run(turns, { steps: 4 }, (state) => bytes.push(bytesOf(state)));
    const blocks = [info.slice(0, 2), info.slice(2, 3)].map((block) => part.memory(block, 4).state);
    expect(bytes).toEqual([blocks[0], blocks[0], blocks[0], blocks[1], blocks[1]]);
    expect(turns.memory(info, 4).state).toBe(Math.max(...blocks));
  });
});

describe.each(subspaces)('$label', ({ subspace, orthonormal }) => {
  it(`${orthonormal ? 'gives' : 'need not give'} back what was lifted`, async () => {
    for (const { path, shape } of info) {
      const own = info.find((each) => each.path === path)!;
      const gradient = tf.randomNormal(shape as [number, number], 0, 1, 'float32', 3) as Tensor2D;
      const names = Object.entries(subspace.state(own));
      let state: OptimizerState = Object.fromEntries(
        names.map(([name, { shape, type }]) => [name, tf.zeros(shape, type ?? 'float32')]),
      );
      const input = { info: own, gradient, state, step: 1, random: createRandom(2), products };
      const moved = (await subspace.refresh?.(input)) ?? {};
      for (const name of Object.keys(moved)) state[name]!.dispose();
      state = { ...state, ...moved };
      const open = await subspace.open({ ...input, state });
      const low = open.down(gradient);
      expect(low.shape).toEqual(subspace.low(own).shape);
      const lifted = open.up(low);
      expect(lifted.shape).toEqual(shape);
      const again = open.down(lifted);
      const error = relativeError([...again.dataSync()], [...low.dataSync()]);
      if (orthonormal) expect(error, path).toBeLessThan(1e-5);
      else expect(Number.isFinite(error), path).toBe(true);
      open.close();
      tf.dispose([gradient, low, lifted, again, ...Object.values(state)]);
    }
  });
});

describe.each(subspaces)('a vector in $label', ({ subspace }) => {
  const vector: ParameterInfo = { path: 'norm.gain', shape: [9], role: 'norm-gain', decays: false };
  const ways = [
    projected(adam, { subspace }),
    projected(adam, { subspace, residual: signOfResidual(1) }),
    estimateScale(adam, { subspace, per: 'tensor', gain: 1, ...growth }),
  ];

  it('is refused by name, before a state is made and in a step', async () => {
    const reason =
      'norm.gain [9] is no matrix, and a gradient is projected along a side of one: give it another transformation';
    for (const transform of ways) {
      expect(() => everyParameter(transform).init([vector], createRandom(1))).toThrow(reason);
      expect(() => everyParameter(transform).memory([vector], 4)).toThrow(reason);
      const tensors = tf.memory().numTensors;
      const update = tf.ones([9]);
      const input = { update, parameter: () => update, info: vector, state: {}, step: 1, learningRate: 1 };
      await expect(transform.apply({ ...input, random: createRandom(1), products })).rejects.toThrow(reason);
      update.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});

describe('a subspace that is the whole space', () => {
  const square = { ...info[2]!, shape: [full, full] };
  const whole = [
    keptSubspace({ rank: full, refresh: every(2) }),
    keptSubspace({ rank: full, refresh: every(2), subspace: 'random' }),
    twoSidedSubspace({ rank: full, gap: 2 }),
    coordinateSubspace({ density: 1, gap: 2 }),
  ];
  const residuals = [signOfResidual(1), scaledByNormRatio(growth)];

  it.each(whole.map((subspace, index) => ({ index, subspace })))(
    'leaves no residual, whatever becomes of one (#$index)',
    async ({ subspace }) => {
      expect(subspace.lossless(square)).toBe(true);
      const squares = info.map((each) => ({ ...each, shape: square.shape }));
      const plain = projected(adam, { subspace });
      const updates = await run(everyParameter(plain), { of: squares });
      for (const residual of residuals) {
        const either = projected(adam, { subspace, residual });
        expect(await run(everyParameter(either), { of: squares })).toEqual(updates);
        expect(either.state(square)).toEqual(plain.state(square));
        expect(either.workspace(square)).toBe(plain.workspace(square));
      }
    },
  );

  it('moves by SGD as without it', async () => {
    const sgd = trace({ momentum: 0.5, nesterov: false });
    const sides = info.map((each) => ({ ...each, shape: [full, full] }));
    const [turned, straight] = [projected(sgd, { subspace: keptSubspace({ rank: full, refresh: every(99) }) }), sgd];
    const update = async (transform: Transform) => {
      const part = everyParameter(transform);
      const gradients = new Map(sides.map(({ path }) => [path, tf.randomNormal([full, full], 0, 1, 'float32', 4)]));
      const state = part.init(sides, createRandom(0));
      const input = { gradients, parameters: gradients, info: sides, state, step: 1, learningRate: 1 };
      const result = await part.update({ ...input, random: createRandom(0), products });
      const values = [...result.updates.values()].map((tensor) => [...tensor.dataSync()]);
      tf.dispose([...gradients.values(), ...result.updates.values(), ...Object.values(result.state)]);
      return values;
    };
    expect(relativeError(await update(turned), await update(straight))).toBeLessThan(1e-5);
  });
});

describe('samplers', () => {
  const draw = (sampler: ReturnType<typeof uniformly>, blocks: number, epochs: number) =>
    Array.from({ length: epochs }, (_, epoch) => sampler.draw({ blocks, epoch, random: createRandom(9) }));

  it('draw every block about as often, so many at a time', () => {
    const drawn = draw(uniformly(atMost(2)), 5, 2000);
    for (const blocks of drawn) expect(new Set(blocks).size).toBe(2);
    for (let block = 0; block < 5; block++) {
      const share = drawn.filter((blocks) => blocks.includes(block)).length / drawn.length;
      // Four standard deviations of a share of 0.4 of 2,000.
      expect(Math.abs(share - 0.4)).toBeLessThan(0.044);
    }
  });

  it('visit every block once in a round, in an order of their own', () => {
    expect(draw(inTurn('ascending'), 3, 4)).toEqual([[0], [1], [2], [0]]);
    expect(draw(inTurn('descending'), 3, 4)).toEqual([[2], [1], [0], [2]]);
    const windows = (order: 'ascending' | 'descending') => draw(inWindows(order, shareOf(0.4)), 5, 3);
    expect(windows('ascending')).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
    ]);
    expect(windows('descending')).toEqual([
      [4, 3],
      [2, 1],
      [0, 4],
    ]);
    expect(draw(inWindows('ascending', shareOf(0)), 5, 2)).toEqual([[], []]);
    expect([1, 3, 5, 7].map(shareOf(0.5))).toEqual([0, 2, 2, 4]);
    const rounds = draw(inTurn('random'), 4, 40).flat();
    const orders = Array.from({ length: 10 }, (_, round) => rounds.slice(4 * round, 4 * round + 4));
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });
});

describe('spikes', () => {
  it('are found by a second moment of every entry, not by one in codes or factors', () => {
    const options = { threshold: 10, after: 0 };
    const factored = scaleByFactoredRms({ decay: 0.8, epsilon: 1e-30, clip: 1 });
    const inCodes = coded(adam, blockwise8({ blockSize: 8, minSize: 0 }));
    for (const inner of [factored, inCodes]) {
      expect(() => clipSpikes(inner, options).state(info[0]!)).toThrow(
        /'v' \[5,8\] of 'blocks.0.wide', and the inner transformation keeps .*: put what shortens or encodes it outside/,
      );
    }
    const outside = coded(clipSpikes(adam, options), blockwise8({ blockSize: 8, minSize: 0 }));
    expect(Object.keys(outside.state(info[0]!)).sort()).toEqual(['m_codes', 'm_scales', 'v_codes', 'v_scales']);
  });
});
