/** @file A weight part that replaces the kernels of its layers: they are nowhere, and nothing counts them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { exportAdapter } from '../src/export/write.js';
import { predictPacked } from '../src/memory/packed.js';
import { predictMemory } from '../src/memory/predict.js';
import { predictSteady } from '../src/memory/steady.js';
import { defineMethod, type Method } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { baseParameters } from '../src/models/config.js';
import { hostTensor } from '../src/parts/init/host.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { inject } from '../src/training/inject.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';

/** The kernel itself, as a tensor of the method's own. */
const own: Method = defineMethod({
  name: 'own-kernel',
  title: 'Own kernel',
  evidence: { level: 'full' },
  summary: 'Trains a copy of the kernel.',
  parameterFormula: 'in·out',
  memoryFormula: '4·trained + rows·in',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  weight: {
    replacesKernel: true,
    tensors: (layer) => ({ weight: { shape: [layer.in, layer.out], trained: true, scope: 'layer' } }),
    forward(x, { bias }, { tensors, products }) {
      const y = products.matMul(x, tensors.weight as never);
      return bias ? tf.add(y, bias) : y;
    },
    kernel: (_, { tensors }) => tensors.weight as never,
    activations: () => ({ perRow: 0, fixed: 0, keepsInput: true }),
  },
  init: { layer: ({ kernel }) => ({ tensors: { weight: hostTensor(kernel) } }) },
  learningRates: [1e-3],
});

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const options = { clipNorm: null, steps: 4, batchSize: 4, learningRate: 1e-2, targets, seed: 5 };
const run = (method: Method, more: Partial<TrainInput> = {}) =>
  train({ engine, model: base, method, config: {}, optimizer: adamw(), data: tinyData, options, ...more });
const shapes = { model: tinyBase().config, config: {}, optimizer: adamw(), targets, batchSize: 4, sequence: 8 };

/** Of the tiny model: everything, and its linear kernels; 2 blocks of width 16 with 24 units. */
const floats = {
  all: baseParameters(shapes.model).reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0),
  kernels: 2 * (4 * 16 * 16 + 2 * 16 * 24),
};

it('predicts a trial without the kernels, as it is measured', async () => {
  const predicted = predictMemory({ ...shapes, method: own });
  expect(predicted.weights).toBe(4 * (floats.all - floats.kernels));
  expect(predicted.adapters).toBe(4 * floats.kernels);
  expect(predictSteady({ ...shapes, method: own, tokens: 8, baseBytes: 2, adapterBytes: 4 })).toMatchObject({
    weights: 2 * (floats.all - floats.kernels),
    adapters: 4 * floats.kernels,
  });
  const { peak } = await run(own);
  expect(peak).toMatchObject({ weights: predicted.weights, adapters: predicted.adapters });
  expect(Math.abs(predicted.total / peak.total - 1)).toBeLessThan(0.1);
});

it('predicts a member of a pack beside the whole base, none of which is its own', () => {
  const alone = predictMemory({ ...shapes, method: own });
  const { peak, resident } = predictPacked({ ...shapes, method: own });
  expect(resident).toBe(4 * 3 * floats.kernels);
  expect(peak).toBe(alone.total + 4 * floats.kernels);
});

it('frees kernels that nobody else uses, and leaves the others their own', () => {
  const random = createRandom(1);
  const trial = (method: Method) => inject({ base, method, config: method.config.parse({}), targets, random });
  const lora = trial(findMethod('lora'));
  const shared = lora.access().tensor('blocks.0.attention.query.kernel');
  const beside = trial(own);
  expect(shared.isDisposed).toBe(false);
  beside.dispose();
  lora.dispose();
  expect(shared.isDisposed).toBe(false);
  const alone = trial(own);
  expect(shared.isDisposed).toBe(true);
  expect(() => alone.access().tensor('blocks.0.attention.query.kernel')).toThrow(
    'This trial has no tensor blocks.0.attention.query.kernel',
  );
  alone.dispose();
});

it('trains and leaves as full fine-tuning of these kernels does', async () => {
  const kernels: Method = {
    ...findMethod('full-ft'),
    trainsBase: ({ kind, targeted }) => kind === 'kernel' && targeted,
  };
  const [one, other] = [await run(own), await run(kernels)];
  const [weights, tuned] = [one, other].map(({ adapter }) => readAdapter(adapter!).tensors);
  for (const [path, { values }] of tuned!) {
    expect(weights!.get(path.replace(/kernel$/, 'weight'))!.values, path).toEqual(values);
  }
  const leave = (method: Method, adapter: Uint8Array) =>
    exportAdapter({ model: base, method, adapter, format: 'merged', baseName: 'tiny' });
  const [ownFiles, tunedFiles] = [await leave(own, one.adapter!), await leave(kernels, other.adapter!)];
  expect(ownFiles.get('model.safetensors')).toEqual(tunedFiles.get('model.safetensors'));
});
