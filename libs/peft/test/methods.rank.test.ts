/** @file Rank parts against the reference, for every method that has one. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type {
  LayerTensors,
  LayerTensorsInTurn,
  Method,
  OptimizerState,
  RankInput,
  SteppedLayer,
} from '../src/method.js';
import { methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, flatten } from './support/close.js';
import { drawn } from './support/draws.js';
import { products } from './support/one-layer.js';
import { type NestedTensors, readVector, type ScheduleCase } from './support/vectors.js';

const scheduled = methods.flatMap((method) => {
  const { schedules = [] } = readVector('methods', method.name);
  return schedules.map((testCase, index) => ({ method, testCase, label: `${method.name} #${index}` }));
});

it('has a reference for every method with a rank part, and no other', () => {
  const withSchedule = methods.filter(({ rank }) => rank).map(({ name }) => name);
  expect([...new Set(scheduled.map(({ method }) => method.name))]).toEqual(withSchedule);
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend);
  });

  it.each(scheduled)('$label does between steps what the reference does', async ({ method, testCase }) => {
    const before = tf.memory().numTensors;
    const config = method.config.parse(testCase.config);
    const layers = Object.entries(testCase.shapes).map(([path, shape]) => ({ path, shape }));
    const memory = method.rank!.memory(layers, config);
    let state = method.rank!.init(layers, config);
    for (const reference of testCase.steps) {
      expect(sizeOf(Object.values(state))).toBe(memory.state);
      state = await advance(method, testCase, config, reference, state);
    }
    tf.dispose(state);
    expect(tf.memory().numTensors).toBe(before);
  });
});

const sizeOf = (tensors: readonly Tensor[]) => tensors.reduce((sum, { size }) => sum + size, 0);

/** One step of the rank part, checked against the reference's. */
async function advance(
  { rank, weight }: Method,
  { totalSteps, shapes, kernels }: ScheduleCase,
  config: unknown,
  reference: ScheduleCase['steps'][number],
  state: OptimizerState,
): Promise<OptimizerState> {
  const { step } = reference;
  const layers = Object.entries(reference.layers).map(([path, given]): SteppedLayer => {
    const { tensors, gradients, observed = {} } = given;
    const shape = shapes[path]!;
    const declared = weight?.tensors(shape, config) ?? {};
    const put = (nested: NestedTensors): Record<string, Tensor> =>
      Object.fromEntries(
        Object.entries(nested).map(([name, value]) => [name, tf.tensor(flatten(value), declared[name]!.shape)]),
      );
    const sides: [number, number] = [shape.in, shape.out];
    const values = given.kernel ?? kernels?.[path];
    const kernel = values ? tf.tensor2d(flatten(values), sides) : (tf.zeros(sides) as Tensor2D);
    return { path, shape, kernel, tensors: put(tensors), gradients: put(gradients), observed: scalars(observed) };
  });
  const random = reference.draws ? drawn(reference.draws) : createRandom(step);
  const input: RankInput<unknown> = { step, totalSteps, learningRate: 1, layers, state, config, random, products };

  const { state: observed, masks, added } = (await rank!.before?.(input)) ?? { state };
  expect(Boolean(added), `terms of gradients in step ${step}`).toBe(Boolean(reference.added));
  for (const [path, name, expected] of named(reference.added ?? {})) {
    const term = added!.get(path)![name]!.dataSync() as Float32Array;
    expectClose(term, expected, 1e-6, `term of ${path}.${name} in step ${step}`);
  }
  expect(Boolean(masks), `masks in step ${step}`).toBe(Boolean(reference.masks));
  for (const [path, name, expected] of named(reference.masks ?? {})) {
    const { shape } = layers.find((layer) => layer.path === path)!.tensors[name]!;
    const mask = tf.tidy(() => tf.broadcastTo(masks!.get(path)![name]!, shape).dataSync());
    expectClose(mask as Float32Array, expected, 0, `mask of ${path}.${name} in step ${step}`);
  }
  const changed = (await rank!.after?.({ ...input, state: observed })) ?? { state: observed };
  const replaced = await gathered(changed.replaced);
  for (const [path, name, expected] of named(reference.after)) {
    const layer = layers.find((layer) => layer.path === path)!;
    const tensor = replaced.get(path)?.[name] ?? layer.tensors[name] ?? layer.kernel;
    expectClose(tensor.dataSync() as Float32Array, expected, 1e-6, `${path}.${name} after step ${step}`);
  }
  if (reference.ranks) expect(changed.ranks, `ranks after step ${step}`).toEqual(reference.ranks);
  tf.dispose(layers.map(({ kernel, tensors, gradients, observed }) => [kernel, tensors, gradients, observed]) as never);
  disposeAll(masks);
  disposeAll(added);
  disposeAll(replaced);
  return changed.state;
}

const scalars = (numbers: Record<string, number>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]));

const named = (tensors: Record<string, NestedTensors>) =>
  Object.entries(tensors).flatMap(([path, own]) =>
    Object.entries(own).map(([name, values]) => [path, name, values] as const),
  );

async function gathered(tensors: LayerTensorsInTurn = new Map()): Promise<LayerTensors> {
  const all = new Map<string, Readonly<Record<string, Tensor>>>();
  for await (const [path, own] of tensors) all.set(path, own);
  return all;
}

function disposeAll(tensors: LayerTensors | undefined): void {
  for (const own of tensors?.values() ?? []) tf.dispose({ ...own });
}
