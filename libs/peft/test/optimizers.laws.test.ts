/** @file What holds of optimizers beside each other: limits in which one is another, and what scale and zero do to them. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { GradientPart, ParameterInfo } from '../src/method.js';
import { withHeadRate } from '../src/parts/gradient/head-rate.js';
import { findOptimizer, optimizers } from '../src/registry.js';
import { singularValues } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';
import { inFloatsOf } from './support/in-floats.js';
import { products } from './support/one-layer.js';

beforeAll(async () => {
  await openEngine('wasm');
});

const info: ParameterInfo[] = [
  { path: 'wide', shape: [9, 12], role: 'kernel', decays: true },
  { path: 'tall', shape: [12, 10], role: 'kernel', decays: true },
  { path: 'bias', shape: [7], role: 'bias', decays: false },
];

interface RunOptions {
  steps?: number;
  /** Gradients are multiplied by this. */
  factor?: number;
  seed?: number;
}

/** The same in a block of a model. */
const inBlock = info.map((each) => ({ ...each, path: `blocks.0.${each.path}` }));

/** Updates of every step, by parameter, from gradients that do not depend on what is run. */
function run(name: string, config: object, options: RunOptions = {}, parameters = info) {
  const optimizer = findOptimizer(name);
  return runPart(optimizer.build(optimizer.config.parse(config)), parameters, options);
}

async function runPart(
  part: GradientPart,
  info: readonly ParameterInfo[],
  { steps = 4, factor = 1, seed = 0 }: RunOptions = {},
) {
  const random = createRandom('gradients');
  let state = part.init(info, createRandom(seed));
  const made: Record<string, Float32Array[]> = Object.fromEntries(info.map(({ path }) => [path, []]));
  const parameters = new Map<string, Tensor>(info.map(({ path, shape }) => [path, tf.fill(shape, 0.5)]));
  for (let step = 1; step <= steps; step++) {
    const gradients = new Map(info.map(({ path, shape }) => [path, normal(shape, random, factor)]));
    const result = await part.update({
      gradients,
      parameters,
      info,
      state,
      step,
      learningRate: 0.1,
      random: createRandom(seed),
      products,
    });
    state = result.state;
    for (const [path, update] of result.updates) made[path]!.push(update.dataSync().slice() as Float32Array);
    tf.dispose([...gradients.values(), ...result.updates.values()]);
  }
  tf.dispose([...parameters.values(), ...Object.values(state)]);
  return made;
}

function normal(shape: number[], random: { normal(): number }, factor: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Array.from({ length: size }, () => factor * random.normal()),
    shape,
  );
}

const plain = { weightDecay: 0 };

describe('FRUGAL', () => {
  it('is AdamW to the bit where every input is in its share, until it begins anew', async () => {
    const adamw = await run('adamw', plain, { steps: 5 });
    const frugal = await run('frugal', { density: 1, gap: 3 }, { steps: 5 });
    for (const path of ['wide', 'tall']) {
      expect(frugal[path]!.slice(0, 3), path).toEqual(adamw[path]!.slice(0, 3));
      expect(frugal[path]![3], path).not.toEqual(adamw[path]![3]);
    }
    expect(frugal.bias).toEqual(adamw.bias);
  });

  it('is signSGD for kernels where none is, and AdamW for the rest', async () => {
    const frugal = await run('frugal', { density: 0 });
    const [signsgd, adamw] = [await run('signsgd', {}), await run('adamw', plain)];
    expect([frugal.wide, frugal.tall]).toEqual([signsgd.wide, signsgd.tall]);
    expect(frugal.bias).toEqual(adamw.bias);
  });

  it('is AdamW and signSGD of the same kernels where it takes whole ones', async () => {
    const whole = { choice: 'kernels', order: 'ascending', gap: 2 };
    const [adamw, signsgd] = [await run('adamw', plain), await run('signsgd', {})];
    const all = await run('frugal', { ...whole, density: 1 }, { steps: 2 });
    expect([all.wide, all.tall]).toEqual([adamw.wide!.slice(0, 2), adamw.tall!.slice(0, 2)]);
    const none = await run('frugal', { ...whole, density: 0 });
    expect([none.wide, none.tall]).toEqual([signsgd.wide, signsgd.tall]);
    const turns = await run('frugal', { ...whole, density: 0.5 });
    expect(turns.wide).toEqual([...adamw.wide!.slice(0, 2), ...signsgd.wide!.slice(2)]);
    expect(turns.tall!.slice(0, 2)).toEqual(signsgd.tall!.slice(0, 2));
    expect(turns.tall![2]).not.toEqual(signsgd.tall![2]);
    for (const made of [all, none, turns]) expect(made.bias).toEqual(adamw.bias!.slice(0, made.bias!.length));
  });

  it('holds moments of what AdamW trains alone: whole kernels, the largest there can be', () => {
    const { build, config } = findOptimizer('frugal');
    const state = (given: object) => build(config.parse(given)).memory(info, inFloatsOf(4)).state / 4;
    expect(state({ choice: 'kernels', density: 0.5 })).toBe(2 * (12 * 10 + 7));
    expect(state({ choice: 'inputs', density: 0.5 })).toBe(2 * (4 * 12 + 6 * 10 + 7));
  });

  it('moves every input outside the share by the learning rate, and as many as it says lie inside', async () => {
    const { wide } = await run('frugal', { density: 0.34, signScale: 0.5 }, { steps: 2 });
    const rows = Array.from({ length: 9 }, (_, row) => [...wide![1]!.slice(12 * row, 12 * row + 12)]);
    const outside = rows.filter((row) => row.every((value) => Math.abs(Math.abs(value) - 0.05) < 1e-7));
    expect(outside).toHaveLength(9 - Math.floor(9 * 0.34));
  });

  it('draws other shares for another seed, and the same for the same', async () => {
    const draw = (seed: number) => run('frugal', { density: 0.34 }, { seed });
    expect(await draw(1)).toEqual(await draw(1));
    expect((await draw(1)).wide).not.toEqual((await draw(2)).wide);
  });
});

describe('GradNormLoRP', () => {
  const magnitude: ParameterInfo = { path: 'magnitude', shape: [10], role: 'lora_magnitude_vector', decays: false };
  const factor: ParameterInfo = { path: 'factor', shape: [12, 5], role: 'lora_A', side: 'input', decays: true };
  const build = (config: object) => {
    const { build, config: schema } = findOptimizer('gradnormlorp');
    return build(schema.parse(config));
  };

  it('has moments of 2r² and two bases, or of 2·n·r and one, and 2·out of magnitudes', () => {
    for (const [inputs, outputs] of [
      [12, 10],
      [12, 5],
    ] as const) {
      const parameters = [{ ...factor, shape: [inputs, outputs] }, magnitude];
      const [longer, shorter] = [Math.max(inputs, outputs), Math.min(inputs, outputs)];
      const floats = (config: object) => build(config).memory(parameters, inFloatsOf(4)).state / 4;
      for (const rank of [2, 4]) {
        const both = 2 * rank ** 2 + rank * (inputs + outputs) + 2 * 10;
        expect(floats({ subspaceRank: rank })).toBe(both);
        expect(floats({ subspaceRank: rank, sides: 'shorter' })).toBe(2 * longer * rank + shorter * rank + 2 * 10);
      }
    }
  });

  it('projects on the shorter side as GaLore does', async () => {
    const gradnormlorp = await run('gradnormlorp', { subspaceRank: 3, sides: 'shorter', scale: 0.25 });
    expect(gradnormlorp).toEqual(await run('galore', { rank: 3 }));
  });

  it('moves in its subspace alone: by a matrix of its rank, and at the first step along each pair of vectors alike', async () => {
    const { wide } = await run('gradnormlorp', { subspaceRank: 3 }, { steps: 1 });
    const values = singularValues(Matrix.from1DArray(9, 12, wide![0]!));
    // The learning rate: Adam's first direction is a sign, and the projection of the gradient is diagonal.
    expectClose(values.slice(0, 3), [0.1, 0.1, 0.1], 1e-5, 'singular values');
    expect(Math.max(...values.slice(3))).toBeLessThan(1e-6);
  });
});

describe('Fira', () => {
  it('moves inside the subspace as GaLore does', async () => {
    // One step: the basis is that of this step's gradient, and the residual has nothing along it.
    const settings = { rank: 3, scale: 1 };
    const [galore, fira] = [await run('galore', settings, { steps: 1 }), await run('fira', settings, { steps: 1 })];
    const difference = fira.wide![0]!.map((value, index) => value - galore.wide![0]![index]!);
    const [a, b] = [tf.tensor2d(galore.wide![0]!, [9, 12]), tf.tensor2d(difference, [9, 12])];
    const inner = tf.tidy(() => tf.matMul(a, b, true).dataSync().slice());
    tf.dispose([a, b]);
    expect(Math.max(...inner.map(Math.abs)), 'Nᵀ·Pᵀ·S').toBeLessThan(1e-6);
    expect(Math.max(...difference.map(Math.abs))).toBeGreaterThan(1e-3);
  });
});

describe('APOLLO', () => {
  it('scales the gradient channel by channel and turns nothing', async () => {
    const [apollo, sgd] = [await run('apollo', { rank: 4 }), await run('sgd', {})];
    for (let column = 0; column < 12; column++) {
      const of = (updates: Float32Array) => Array.from({ length: 9 }, (_, row) => updates[12 * row + column]!);
      const [ours, theirs] = [of(apollo.wide![2]!), of(sgd.wide![2]!)];
      const ratio = ours[0]! / theirs[0]!;
      expect(ratio).toBeGreaterThan(0);
      expectClose(
        ours,
        theirs.map((value) => value * ratio),
        1e-5,
        `column ${column}`,
      );
    }
  });

  it('has one scale for the tensor at rank 1', async () => {
    const [mini, sgd] = [await run('apollo-mini', {}), await run('sgd', {})];
    const ratio = mini.tall![1]![0]! / sgd.tall![1]![0]!;
    expectClose(
      [...mini.tall![1]!],
      [...sgd.tall![1]!].map((value) => value * ratio),
      1e-5,
      'update',
    );
  });
});

describe('the scale of gradients', () => {
  const indifferent = optimizers.filter(({ ignoresScale }) => ignoresScale);
  it.each(indifferent.map(({ name, config }) => ({ name, config })))(
    'changes nothing for $name',
    async ({ name, config }) => {
      // ε is what scale could be seen by.
      const fields = Object.keys((config.toJSONSchema({ io: 'input' }) as { properties: object }).properties);
      const settings = fields.includes('epsilon') ? { epsilon: 1e-30 } : {};
      const once = await run(name, settings, {}, inBlock);
      const larger = await run(name, settings, { factor: 64 }, inBlock);
      for (const { path } of inBlock) {
        expect(once[path]!.length).toBeGreaterThan(0);
        once[path]!.forEach((update, step) => {
          expectClose(larger[path]![step]!, [...update], 2e-5, `${path} at step ${step + 1}`);
        });
      }
    },
  );
});

describe('gradients that are zero', () => {
  it.each(optimizers.map(({ name }) => name))('leave %s with finite updates', async (name) => {
    const updates = await run(name, {}, { factor: 0 }, inBlock);
    expect(Object.values(updates).flat().length).toBeGreaterThan(0);
    for (const [path, made] of Object.entries(updates)) {
      expect(
        made.every((update) => update.every(Number.isFinite)),
        path,
      ).toBe(true);
    }
  });
});

describe('the learning rate of a head', () => {
  const withHead = info.map((each, index) => ({
    ...each,
    path: `layer${index}`,
    role: index === 0 ? 'head' : each.role,
  }));

  it.each(optimizers.filter(({ build, config }) => !build(config.parse({})).unfit?.(withHead)).map(({ name }) => name))(
    'multiplies its updates alone, with %s',
    async (name) => {
      const part = findOptimizer(name).build(findOptimizer(name).config.parse({}) as never);
      const [as, tripled] = [await runPart(part, withHead), await runPart(withHeadRate(part, 3), withHead)];
      for (const [step, update] of as.layer0!.entries()) {
        expectClose(
          tripled.layer0![step]!,
          [...update].map((value) => 3 * value),
          1e-6,
          `head at step ${step}`,
        );
      }
      expect(tripled.layer1).toEqual(as.layer1);
      expect(tripled.layer2).toEqual(as.layer2);
    },
  );
});
