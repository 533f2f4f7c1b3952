/** @file Compressed models: what they compute, what is stored of them, and which layers are refused. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { planExport } from '../src/export/route.js';
import { predictPacked } from '../src/memory/packed.js';
import { predictMemory } from '../src/memory/predict.js';
import { storedModel } from '../src/memory/stored.js';
import { LoadedBase } from '../src/models/base.js';
import { baseParameters, linearLayers } from '../src/models/config.js';
import type { Split } from '../src/objectives/data.js';
import { hostTensor } from '../src/parts/init/host.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { truncatedSvd } from '../src/tensor/linalg.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { everyTarget, smallModels } from './support/small-models.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';

/** Methods that put less in the place of kernels, which loses something, and leave the rest of the base as it is. */
const compressing = methods.filter(
  ({ weight, init, trainsBase, startsAtBase }) =>
    !trainsBase && !startsAtBase && (weight?.replacesKernel || init?.changesKernel),
);

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const run = (name: string, config: object, { steps = 0, ...more }: Partial<TrainInput> & { steps?: number } = {}) =>
  train({
    engine,
    model: base,
    method: findMethod(name),
    config,
    optimizer: adamw(),
    data: tinyData,
    options: { clipNorm: null, steps, batchSize: 4, learningRate: 1e-2, targets, seed: 5, schedule: 'constant' },
    ...more,
  });

describe('without a step', () => {
  it('a model is the base with other kernels: those of truncated SVD', async () => {
    const { validation, adapter } = await run('svd', { ratio: 0.5 });
    // 128 of the 256 entries of a square kernel are four components, and so are 160 of 384.
    const values = new Map(
      baseParameters(base.config).map(({ path }) => {
        const value = base.host(path);
        if (!path.endsWith('.kernel')) return [path, value];
        const [rows, columns] = value.shape as [number, number];
        const { left, values, right } = truncatedSvd(Matrix.from1DArray(rows, columns, value.values), 4);
        return [path, hostTensor(left.mmul(Matrix.diag(values)).mmul(right.transpose()))];
      }),
    );
    const truncated = new LoadedBase({ config: base.config, values, tokenizer: null });
    const method = findMethod('full-ft');
    const expected = await evaluate({ model: truncated, method, data: tinyData, split: 'validation' });
    const own = await evaluate({
      model: base,
      method: findMethod('svd'),
      adapter: adapter!,
      data: tinyData,
      split: 'validation',
    });
    expectClose(own.columns.loss!, Array.from(expected.columns.loss!), engine.tolerance, 'losses');
    expect(validation!.loss).toBeCloseTo(expected.metrics.loss, 4);
    truncated.dispose();
  });

  it.each(compressing.map(({ name }) => name))('%s is evaluated, and trained it gets better', async (name) => {
    const config = findMethod(name).usesRank ? { rank: 2 } : {};
    const [before, after] = [await run(name, config), await run(name, config, { steps: 40 })];
    expect(before.steps).toBe(0);
    expect(after.validation!.loss).toBeLessThan(0.9 * before.validation!.loss);
  });

  it('a layer has no factors where those of the wanted energy save nothing', async () => {
    const { adapter } = await run('svd', { rule: 'energy', energy: 0.83 });
    const { info, tensors } = readAdapter(adapter!);
    const ranks = Object.entries(info.ranks!);
    expect(new Set(ranks.map(([, rank]) => rank > 0))).toEqual(new Set([true, false]));
    for (const [path, rank] of ranks) expect(tensors.has(`${path}.factor_A`), path).toBe(rank > 0);
  });
});

describe('ASVD by sensitivity', () => {
  const config = { rule: 'sensitivity', ratio: 0.6, calibrationBatches: 2 };
  const parametersOf = ({ info, tensors }: ReturnType<typeof readAdapter>) => {
    const whole = linearLayers(base.config).filter(({ path }) => info.ranks![path] === 0);
    const factors = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
    return factors + whole.reduce((sum, { shape }) => sum + shape.in * shape.out, 0);
  };

  it('keeps the ratio over all layers, and not of each', async () => {
    const { adapter, peak } = await run('asvd', config);
    const read = readAdapter(adapter!);
    const ranks = Object.values(read.info.ranks!);
    expect(new Set(ranks).size).toBeGreaterThan(2);
    // Two blocks of four square kernels of 256 numbers and two of 384.
    const share = parametersOf(read) / (2 * (4 * 256 + 2 * 384));
    expect(share).toBeLessThanOrEqual(0.6);
    expect(share).toBeGreaterThan(0.5);
    const method = findMethod('asvd');
    const shapes = { model: base.config, targets, batchSize: 4, sequence: 8, steps: 0 };
    const predicted = predictMemory({ ...shapes, method, config: method.config.parse(config), optimizer: adamw() });
    expect(Math.abs(predicted.total / peak.total - 1), 'relative error of the peak').toBeLessThan(0.1);
  });

  it('gives every layer the rank that is given', async () => {
    const { adapter } = await run('asvd', { ...config, rank: 3 });
    expect(new Set(Object.values(readAdapter(adapter!).info.ranks!))).toEqual(new Set([3]));
  });

  it('is refused below the least ratio that a layer is tried at', async () => {
    await expect(run('asvd', { ...config, ratio: 0.3 })).rejects.toThrow(
      'config.ratio: 0.3 is below 0.4, the least that a layer is tried at by sensitivity (asvd on blocks.0.attention.query)',
    );
  });
});

describe('what is stored', () => {
  /** Of the tiny model: 13 tokens and 16 positions of width 16, gain and bias of five norms, and the biases of linear layers. */
  const besides = (13 + 16) * 16 + 5 * 2 * 16 + 2 * (5 * 16 + 24);
  const kernels = 2 * (4 * 16 * 16 + 2 * 16 * 24);
  const stored = (name: string, config: object) =>
    storedModel({
      model: base.config,
      method: findMethod(name),
      config: findMethod(name).config.parse(config),
      targets,
    });

  it('is all of the base where nothing is compressed', () => {
    const all = besides + kernels;
    expect(stored('svd', {}).base).toEqual({ parameters: all, bytes: 4 * all });
  });

  it.each([
    ['svd', { ratio: 0.5 }, 2 * (4 * 4 * 32 + 2 * 4 * 40)],
    ['svd', { rank: 3 }, 2 * (4 * 3 * 32 + 2 * 3 * 40)],
    // A kernel that only training reads is not stored.
    ['pela', { ratio: 0.5 }, 2 * (4 * 4 * 32 + 2 * 4 * 40)],
    // With a bias for each output.
    ['afm', { ratio: 0.5 }, 2 * (4 * 4 * 32 + 2 * 4 * 40) + 2 * (5 * 16 + 24)],
    ['lora', { rank: 2 }, kernels + 2 * (4 * 2 * 32 + 2 * 2 * 40)],
  ])('by %s with %j are its factors', (name, config, parameters) => {
    const { parameters: all, bytes } = stored(name, config);
    expect(all).toBe(besides + parameters);
    expect(bytes).toBe(4 * all);
  });

  it.each([
    // Half of the entries, and a bit for each.
    [{ compressor: 'pruning' }, 4 * (kernels / 2) + kernels / 8],
    // Three bits for each, and a scale for each output.
    [{ compressor: 'rounding', bits: 3 }, (3 * kernels) / 8 + 4 * 2 * (5 * 16 + 24)],
    [{ compressor: 'svd', ratio: 0.5 }, 4 * 2 * (4 * 4 * 32 + 2 * 4 * 40)],
  ])('by EoRA with %j is a compressed kernel and a branch', (config, bytes) => {
    const branch = 2 * (4 * 2 * 32 + 2 * 2 * 40);
    expect(stored('eora', { rank: 2, ...config }).bytes).toBe(4 * besides + bytes + 4 * branch);
  });

  it('is what an adapter holds, where ranks were allocated', async () => {
    const { adapter } = await run('welore', { reduction: 0.6 });
    const { info, tensors } = readAdapter(adapter!);
    const method = findMethod('welore');
    const options = { model: base.config, method, config: info.config, targets, ranks: info.ranks! };
    const shapes = new Map(linearLayers(base.config).map(({ path, shape }) => [path, shape.in * shape.out]));
    const whole = [...shapes].filter(([path]) => info.ranks![path] === 0).reduce((sum, [, size]) => sum + size, 0);
    const factors = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
    expect(storedModel(options).parameters).toBe(besides + whole + factors);
  });
});

describe('a compressed model', () => {
  it('leaves merged: as an update of the base it has no low rank', () => {
    for (const method of compressing) {
      const config = method.config.parse(method.usesRank ? { rank: 2 } : {});
      const { route } = planExport({ model: base.config, method, config, targets });
      expect(route.kind, method.name).toBe('merged');
    }
  });

  it('has its own kernels in a pack, where it keeps any', () => {
    const shapes = { model: base.config, optimizer: adamw(), targets, batchSize: 4, sequence: 8 };
    const packed = (name: string, config: object) =>
      predictPacked({ ...shapes, method: findMethod(name), config: findMethod(name).config.parse(config) });
    const kernels = 4 * 2 * (4 * 16 * 16 + 2 * 16 * 24);
    expect(packed('eora', { rank: 2 }).resident - packed('lora', { rank: 2 }).resident).toBe(kernels);
  });

  it('is refused with the name of the layer where its factors save nothing', async () => {
    await expect(run('svd', { rank: 8 })).rejects.toThrow(
      'config.rank: two factors of rank 8 have 256 parameters, a 16×16 kernel 256; use 7 or less, or allowGrowth (svd on blocks.0.attention.query)',
    );
    await expect(run('svd-llm', { ratio: 0.05 })).rejects.toThrow(
      'config.ratio: 0.05 leaves a 16×16 kernel no rank; one takes 0.125 (svd-llm on blocks.0.attention.query)',
    );
    for (const ratio of [0, 1]) await expect(run('asvd', { ratio })).rejects.toThrow('ratio');
  });

  it('is refused with the name of the layer where the calibration sees no token', async () => {
    const padded: Split = {
      size: tinyData.train.size,
      batch: (indices) => ({ ...tinyData.train.batch(indices), lengths: new Int32Array(indices.length) }),
    };
    const data: TaskData = { ...tinyData, train: padded };
    await expect(run('svd-llm', {}, { data })).rejects.toThrow(
      'The calibration found nothing that flows into blocks.0.attention.query',
    );
  });

  it('fits on every kernel of every architecture', () => {
    for (const { model } of smallModels) {
      for (const method of compressing) {
        const config = method.config.parse({});
        const targets = everyTarget(model, method);
        const { parameters, base } = storedModel({ model, method, config, targets });
        expect(parameters, `${method.name} on ${model.architecture}`).toBeLessThan(base.parameters);
      }
    }
  });
});
