/** @file Rank schedules against the reference, for every method that has one. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { OptimizerState, RankPart } from '../src/method.js';
import { methods } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, flatten } from './support/close.js';
import { type AllocationCase, type NestedTensors, readVector } from './support/vectors.js';

const scheduled = methods.flatMap((method) => {
  const { allocation = [] } = readVector('methods', method.name);
  return allocation.map((testCase, index) => ({ method, testCase, label: `${method.name} #${index}` }));
});

it('has a reference for every method with a rank schedule, and no other', () => {
  const withSchedule = methods.filter(({ rank }) => rank).map(({ name }) => name);
  expect([...new Set(scheduled.map(({ method }) => method.name))]).toEqual(withSchedule);
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend);
  });

  it.each(scheduled)('$label keeps the triplets the reference keeps', async ({ method, testCase }) => {
    const before = tf.memory().numTensors;
    const config = method.config.parse(testCase.config);
    const part = method.rank!;
    const layers = Object.entries(testCase.shapes).map(([path, shape]) => ({ path, shape }));
    let state = part.init(layers, config);
    const held = () => Object.values(state).reduce((sum, { size }) => sum + size, 0);
    for (const reference of testCase.steps) {
      expect(held()).toBe(part.memory(layers, config).state);
      const result = await advance(method, part, testCase, config, reference, state);
      state = result.state;
      expect(result.ranks, `ranks after step ${reference.step}`).toEqual(reference.ranks);
      for (const [path, expected] of Object.entries(reference.singularValues)) {
        expectClose(result.values[path]!, expected, 1e-6, `E of ${path} after step ${reference.step}`);
      }
    }
    tf.dispose(state);
    expect(tf.memory().numTensors).toBe(before);
  });
});

async function advance(
  method: (typeof methods)[number],
  part: RankPart<unknown>,
  { totalSteps, shapes }: AllocationCase,
  config: unknown,
  { step, layers: values }: AllocationCase['steps'][number],
  state: OptimizerState,
) {
  const layers = Object.entries(values).map(([path, { tensors, gradients }]) => {
    const declared = method.weight!.tensors(shapes[path]!, config);
    const put = (nested: NestedTensors): Record<string, Tensor> =>
      Object.fromEntries(
        Object.entries(nested).map(([name, value]) => [name, tf.tensor(flatten(value), declared[name]!.shape)]),
      );
    return { path, tensors: put(tensors), gradients: put(gradients) };
  });
  const result = await part.update({ step, totalSteps, layers, state, config });
  const now = Object.fromEntries(
    layers.map(({ path, tensors }) => [
      path,
      (result.replaced.get(path)?.lora_E ?? tensors.lora_E!).dataSync() as Float32Array,
    ]),
  );
  tf.dispose(layers.map(({ tensors, gradients }) => [tensors, gradients]) as never);
  tf.dispose([...result.replaced.values()] as never);
  return { state: result.state, ranks: result.ranks, values: now };
}
