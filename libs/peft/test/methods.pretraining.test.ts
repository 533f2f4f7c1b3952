/** @file Laws of methods that pre-train: what a merge, a truncation or a draw leaves as it was, from random weights and from given ones. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import { predictState } from '../src/memory/state.js';
import type { HostTensor } from '../src/method.js';
import { gpt2Config } from '../src/models/architectures/gpt2.js';
import type { LoadedBase } from '../src/models/base.js';
import { layerNames } from '../src/models/config.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { singularValues } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { inject } from '../src/training/inject.js';
import { planTrial } from '../src/training/plan.js';
import { expectClose } from './support/close.js';
import { targets, tinyBase, tinyConfig } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const matrix = ({ shape, values }: HostTensor): Matrix => Matrix.from1DArray(shape[0]!, shape[1]!, values);
/** Singular values above float32's resolution of the largest. */
const rankOf = (of: Matrix) => {
  const values = singularValues(of);
  return values.filter((value) => value > 1e-5 * values[0]!).length;
};
const train = (
  method: string,
  config: object,
  options: { steps: number; learningRate: number; [name: string]: unknown },
) => trainTiny({ engine, base, method, config, options });
const layers = planTrial({
  model: tinyBase().config,
  method: findMethod('lora'),
  config: { rank: 1, alpha: 1 },
  targets,
}).layers;

describe('ReLoRA', () => {
  const config = { rank: 2, alpha: 4, restarts: 3, forget: 1 };
  const options = { steps: 12, learningRate: 1e-2 };
  const product = (tensors: ReadonlyMap<string, HostTensor>, path: string) =>
    matrix(tensors.get(`${path}.lora_A`)!)
      .mmul(matrix(tensors.get(`${path}.lora_B`)!))
      .mul(2);
  const kernel = (tensors: ReadonlyMap<string, HostTensor>, path: string) => matrix(tensors.get(`${path}.own_kernel`)!);

  it('keeps its kernels to the bit between merges, and at one moves them by the update', async () => {
    const { tensors } = await train('relora', config, options);
    for (const { path } of layers) {
      // After step `done + 1`; steps 3, 6 and 9 end with a merge.
      for (const done of [1, 3, 4, 6, 7, 9, 10, 11]) {
        expect(kernel(tensors[done]!, path), `${path} in step ${done + 1}`).toEqual(kernel(tensors[done - 1]!, path));
      }
      for (const done of [2, 5, 8]) {
        expect(tensors[done]!.get(`${path}.lora_B`)!.values.every((value) => value === 0)).toBe(true);
        const merged = Matrix.sub(kernel(tensors[done]!, path), kernel(tensors[done - 1]!, path));
        expect(rankOf(merged), `update of ${path}`).toBeLessThanOrEqual(2);
        expect(merged.norm()).toBeGreaterThan(0);
      }
      const a = [1, 2].map((done) => tensors[done]!.get(`${path}.lora_A`)!.values);
      const bound = 1 / Math.sqrt(tensors[0]!.get(`${path}.lora_A`)!.shape[0]!);
      expect(a[1]!.every((value) => Math.abs(value) <= bound)).toBe(true);
      expect(a[1]).not.toEqual(a[0]);
    }
  });

  it('moves no entry by more than a few learning rates in the step after a merge', async () => {
    const { tensors } = await train('relora', { ...config, forget: 0.9, rewarm: 0 }, options);
    for (const { path } of layers) {
      for (const name of ['lora_A', 'lora_B']) {
        const values = (done: number) => tensors[done]!.get(`${path}.${name}`)!.values;
        for (const done of [3, 6, 9]) {
          const moves = values(done).map((value, index) => Math.abs(value - values(done - 1)[index]!));
          expect(Math.max(...moves) / 1e-2, `${path}.${name} in step ${done + 1}`).toBeLessThan(4);
        }
      }
    }
  });

  it('merges as often as it says, as evenly as whole steps allow', async () => {
    const merged = async (steps: number) => {
      const { tensors } = await train('relora', config, { ...options, steps });
      const isZero = (now: ReadonlyMap<string, HostTensor>) =>
        now.get(`${layers[0]!.path}.lora_B`)!.values.every((value) => value === 0);
      return tensors.flatMap((now, index) => (isZero(now) ? [index + 1] : []));
    };
    // Quarters of nine steps are 2.25 apart, those of six 1.5.
    expect(await merged(9)).toEqual([2, 5, 7]);
    expect(await merged(6)).toEqual([2, 3, 5]);
  });

  it('says how often it merges where the steps are too few, and merges so often', async () => {
    const { unfired } = findMethod('relora');
    expect(unfired!(config, 4)).toEqual([]);
    expect(unfired!(config, 3)).toEqual(['merges 2 times in 3 steps, not 3 times (restarts)']);
    const { tensors } = await train('relora', config, { ...options, steps: 3 });
    const zeros = tensors.map((now) => now.get(`${layers[0]!.path}.lora_B`)!.values.every((value) => value === 0));
    expect(zeros).toEqual([true, true, false]);
  });

  it('has an update of at most n + 1 times its rank after n merges, and of more than its rank', async () => {
    const { adapter } = await train('relora', config, options);
    for (const { path } of layers) {
      const now = Matrix.add(kernel(adapter.tensors, path), product(adapter.tensors, path));
      const rank = rankOf(Matrix.sub(now, base.kernel(`${path}.kernel`)));
      expect(rank, path).toBeLessThanOrEqual(8);
      expect(rank, path).toBeGreaterThan(2);
    }
  });

  it('lets the learning rate rise again after each merge', async () => {
    const { steps } = await train('relora', { ...config, rewarm: 0.6 }, options);
    // Cycles of three steps, of which ⌈1.8⌉ rise.
    const rising = [1, 1, 1, 1 / 3, 2 / 3, 1, 1 / 3, 2 / 3, 1, 1 / 3, 2 / 3, 1];
    expectClose(
      steps.map(({ learningRate }) => learningRate / 1e-2),
      rising,
      1e-6,
      'pace',
    );
  });
});

describe('SST', () => {
  const config = { rank: 2, interval: 3 };
  const options = { steps: 9, learningRate: 3e-2 };
  const parts = (tensors: ReadonlyMap<string, HostTensor>, path: string) => {
    const of = (name: string) => tensors.get(`${path}.sst_${name}`)!;
    return {
      u: matrix(of('U')),
      v: matrix(of('V')),
      activeU: matrix(of('active_U')),
      activeV: matrix(of('active_V')),
      sigma: [...of('sigma').values],
      active: [...of('active').values],
    };
  };
  const kernel = ({ u, v, activeU, activeV, sigma, active }: ReturnType<typeof parts>) => {
    const own = active.map((index) => sigma[index]!);
    return Matrix.add(u.mmul(Matrix.diag(sigma)).mmul(v), activeU.mmul(Matrix.diag(own)).mmul(activeV));
  };

  it('starts as the kernel, to float32', async () => {
    const { adapter } = await train('sst', config, { steps: 0, learningRate: 1 });
    for (const { path } of layers) {
      const difference = Matrix.sub(kernel(parts(adapter.tensors, path)), base.kernel(`${path}.kernel`));
      expect(difference.norm() / base.kernel(`${path}.kernel`).norm(), path).toBeLessThan(1e-6);
    }
  });

  it('has vectors of length 1 and values of 0 or more after every step, and keeps vectors that are not trained to the bit', async () => {
    const { tensors } = await train('sst', config, options);
    for (const { path } of layers) {
      for (const [index, now] of tensors.entries()) {
        const { activeU, activeV, sigma, u, v, active } = parts(now, path);
        for (let k = 0; k < 2; k++) {
          expect(Math.abs(Math.hypot(...activeU.getColumn(k)) - 1)).toBeLessThan(1e-6);
          expect(Math.abs(Math.hypot(...activeV.getRow(k)) - 1)).toBeLessThan(1e-6);
          expect(u.getColumn(active[k]!).every((value) => value === 0)).toBe(true);
        }
        expect(Math.min(...sigma)).toBeGreaterThanOrEqual(0);
        // Steps 3, 6 and 9 end with a draw.
        if (index === 0 || (index + 1) % 3 === 0) continue;
        const before = parts(tensors[index - 1]!, path);
        expect(u, `${path} in step ${index + 1}`).toEqual(before.u);
        expect(v).toEqual(before.v);
        expect(active).toEqual(before.active);
      }
    }
  });

  it('draws other pairs and leaves the vectors as they were; a new decomposition leaves the kernel', async () => {
    const { tensors } = await train('sst', { ...config, interval: 1 }, { ...options, learningRate: 1e-12 });
    const { path } = layers[0]!;
    const seen = tensors.map((now) => parts(now, path).active.join());
    expect(new Set(seen).size).toBeGreaterThan(1);
    // Sixteen pairs, two at a time: the eighth draw ends the round.
    for (const now of tensors) {
      const difference = Matrix.sub(kernel(parts(now, path)), base.kernel(`${path}.kernel`));
      expect(difference.norm() / base.kernel(`${path}.kernel`).norm()).toBeLessThan(1e-5);
    }
    const { u, activeU, active } = parts(tensors[7]!, path);
    active.forEach((index, k) => void u.setColumn(index, activeU.getColumn(k)));
    const gram = Matrix.sub(u.transpose().mmul(u), Matrix.eye(16));
    expect(gram.norm()).toBeLessThan(1e-5);
  });
});

describe('TRP', () => {
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);

  it('cuts kernels to the rank that it reports, which holds the energy, and to no fewer', async () => {
    const { tensors, steps } = await train('trp', { energy: 0.8, period: 3 }, { steps: 6, learningRate: 1e-2 });
    // A learning rate of next to nothing: what is cut is the base's own kernel.
    const still = await train('trp', { energy: 0.8, period: 1, nuclear: 0 }, { steps: 1, learningRate: 1e-9 });
    for (const { path } of layers) {
      for (const done of [2, 5]) {
        const values = singularValues(matrix(tensors[done]!.get(`${path}.kernel`)!));
        const rank = steps[done]!.ranks![path]!;
        expect(values.filter((value) => value > 1e-5 * values[0]!).length, path).toBe(rank);
        expect(rank).toBeLessThan(values.length);
      }
      const whole = singularValues(base.kernel(`${path}.kernel`));
      const rank = still.steps[0]!.ranks![path]!;
      expect(squares(whole.slice(0, rank)) / squares(whole)).toBeGreaterThanOrEqual(0.8);
      expect(squares(whole.slice(0, rank - 1)) / squares(whole)).toBeLessThan(0.8);
      const left = matrix(still.adapter.tensors.get(`${path}.kernel`)!);
      const lost = Matrix.sub(left, base.kernel(`${path}.kernel`)).norm() ** 2;
      expect(lost).toBeLessThanOrEqual(0.2 * squares(whole));
    }
  });

  it('is full fine-tuning until the first cut, to the bit, and after those that lose nothing nearly so', async () => {
    const options = { steps: 6, learningRate: 1e-2 };
    const [full, uncut, whole] = [
      await train('full-ft', {}, options),
      await train('trp', { period: 7 }, options),
      await train('trp', { energy: 1, nuclear: 0, period: 2 }, options),
    ];
    expect(uncut.adapter.tensors).toEqual(full.adapter.tensors);
    for (const [path, { values }] of full.adapter.tensors) {
      expectClose(whole.adapter.tensors.get(path)!.values, values, 1e-3, path);
    }
  });
});

describe('SLTrain', () => {
  it('keeps its places, as many as the density says, each once', async () => {
    const { tensors } = await train('sltrain', { rank: 2, density: 0.1 }, { steps: 3, learningRate: 1e-2 });
    for (const { path, shape } of layers) {
      const places = tensors.map((now) => now.get(`${path}.sparse_indices`)!.values);
      expect(places[0]!.length).toBe(Math.floor(0.1 * shape.in * shape.out));
      expect([...places[0]!]).toEqual([...new Set(places[0]!)].sort((one, other) => one - other));
      expect(Math.max(...places[0]!)).toBeLessThan(shape.in * shape.out);
      for (const later of places.slice(1)) expect(later).toEqual(places[0]);
    }
  });
});

describe.each(['lora-pretrain', 'lowrank-pretrain', 'sltrain', 'relora', 'sst'])('%s', (name) => {
  const method = findMethod(name);
  const plan = (config: object) =>
    planTrial({ model: base.config, method, config: method.config.parse(config), targets });

  it('trains everything but the kernels of its layers', () => {
    const { base: parameters, discarded, trainedBase } = plan({ rank: 4 });
    const kernels = layers.map(({ path }) => `${path}.kernel`);
    const all = [...parameters, ...discarded].map(({ path }) => path);
    expect(trainedBase.map(({ path }) => path).sort()).toEqual(all.filter((path) => !kernels.includes(path)).sort());
  });

  it('refuses a rank that is no lower than a side', () => {
    expect(() => plan({ rank: 16 })).toThrow(
      `config.rank: 16 is above 15, the largest rank of ${name} on blocks.0.attention.query`,
    );
    expect(plan({ rank: 15 }).layers.length).toBe(layers.length);
  });

  it('learns from random weights', async () => {
    const options = { steps: 60, learningRate: 1e-2 };
    const { steps, result } = await trainTiny({
      engine,
      base,
      method: name,
      config: { rank: 4 },
      options,
      initial: 'random',
    });
    // The loss of a guess among thirteen tokens is ln 13.
    expect(steps[0]!.loss).toBeGreaterThan(0.9 * Math.log(13));
    expect(result.validation!.loss).toBeLessThan(0.7 * Math.log(13));
  });
});

it.each([
  { name: 'trp', config: { energy: 0 }, field: 'energy' },
  { name: 'trp', config: { energy: 1.1 }, field: 'energy' },
  { name: 'sltrain', config: { density: 0 }, field: 'density' },
  { name: 'sltrain', config: { density: 1.1 }, field: 'density' },
  { name: 'relora', config: { restarts: 0 }, field: 'restarts' },
  { name: 'sst', config: { interval: 0 }, field: 'interval' },
])('$name refuses $config, and names the field', ({ name, config, field }) => {
  expect(findMethod(name).config.safeParse(config).error!.issues[0]!.path).toEqual([field]);
});

it('predicts sltrain on a kernel whose places the engine cannot tell apart, and refuses to train it', () => {
  const method = findMethod('sltrain');
  const config = method.config.parse({});
  const model = gpt2Config.parse({ ...tinyConfig, mlpWidth: 2 ** 20 + 1 });
  const adamw = findOptimizer('adamw');
  const trial = { model, method, config, targets: layerNames(model), optimizer: adamw.build(adamw.config.parse({})) };
  const state = predictState({ ...trial, baseBytes: 4, adapterBytes: 4 });
  const peak = predictMemory({ ...trial, batchSize: 1, sequence: 8, initial: 'random' });
  // The kernel of a layer beside its adapter's state is what a step makes at most.
  expect(peak.total).toBeGreaterThan(state.adapters + 4 * 16 * (2 ** 20 + 1));
  // It is refused before anything of the base but its shapes is read.
  const large = { config: model } as LoadedBase;
  expect(() => inject({ ...trial, base: large, random: createRandom(1) })).toThrow(
    'config.density: a kernel of 16777232 entries has more places than the 16777216 that float32 tells apart (sltrain on blocks.0.mlp',
  );
});

it('refuses a density that leaves no entry', () => {
  const method = findMethod('sltrain');
  const plan = () =>
    planTrial({ model: base.config, method, config: method.config.parse({ rank: 2, density: 1e-3 }), targets });
  expect(plan).toThrow(
    'config.density: 0.001 leaves none of 256 entries; 0.00390625 or more leaves one (sltrain on blocks.0.attention.query)',
  );
});
