/** @file Rank parts held to the steps of a reference. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type {
  LayerTensors,
  LayerTensorsInTurn,
  Method,
  OptimizerState,
  RankInput,
  SteppedLayer,
} from '../../src/method.js';
import { createRandom } from '../../src/tensor/random.js';
import { tf } from '../../src/tensor/tf.js';
import { expectClose, flatten } from './close.js';
import { drawn } from './draws.js';
import { products } from './one-layer.js';
import type { NestedTensors, ScheduleCase } from './vectors.js';

/** A method's rank part does in every step what the reference does, with the state that it declares, and leaves no tensor. */
export async function expectSchedule(method: Method, testCase: ScheduleCase, tolerance: number): Promise<void> {
  const before = tf.memory().numTensors;
  const config = method.config.parse(testCase.config);
  const layers = Object.entries(testCase.shapes).map(([path, shape]) => ({ path, shape }));
  const memory = method.rank!.memory(layers, config);
  let state = method.rank!.init(layers, config);
  for (const reference of testCase.steps) {
    expect(sizeOf(Object.values(state))).toBe(memory.state);
    state = await advance(method, testCase, config, reference, state, tolerance);
  }
  tf.dispose(state);
  expect(tf.memory().numTensors).toBe(before);
}

const sizeOf = (tensors: readonly Tensor[]) => tensors.reduce((sum, { size }) => sum + size, 0);

/** One step of the rank part, checked against the reference's. */
async function advance(
  { rank, weight }: Method,
  { totalSteps, shapes, kernels }: ScheduleCase,
  config: unknown,
  reference: ScheduleCase['steps'][number],
  state: OptimizerState,
  tolerance: number,
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
    expectClose(term, expected, tolerance, `term of ${path}.${name} in step ${step}`);
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
    expectClose(tensor.dataSync() as Float32Array, expected, tolerance, `${path}.${name} after step ${step}`);
  }
  for (const [name, expected] of Object.entries(reference.state ?? {})) {
    const values = changed.state[name]!.dataSync() as Float32Array;
    expectClose(values, expected, tolerance, `state ${name} after step ${step}`);
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
