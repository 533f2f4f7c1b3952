/** @file Methods whose gates close ranks: what a closed gate means, and when gates close. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod } from '../src/registry.js';
import { singularValues } from '../src/tensor/linalg.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, flatten } from './support/close.js';
import { OneLayer } from './support/one-layer.js';
import { tinyBase } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { type MethodCase, readVector } from './support/vectors.js';

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

describe.each(['sora', 'codyra'])('%s', (name) => {
  const method = findMethod(name);
  const { rank } = method.config.parse({}) as { rank: number };

  /** The case with only some of its ranks, under a scale that stays that of all. */
  function onlyRanks(testCase: MethodCase, kept: readonly number[]): MethodCase {
    const { lora_A, lora_B, gate } = testCase.tensors as { lora_A: number[][]; lora_B: number[][]; gate: number[] };
    const { alpha, rank } = testCase.config as { alpha?: number; rank: number };
    const own = {
      lora_A: lora_A.map((row) => kept.map((k) => row[k]!)),
      lora_B: kept.map((k) => lora_B[k]!),
      gate: kept.map((k) => gate[k]!),
    };
    const config = { ...testCase.config, rank: kept.length, ...(alpha && { alpha: (alpha * kept.length) / rank }) };
    return { ...testCase, config, tensors: own };
  }

  it('gives the same outputs without the ranks whose gates are closed', () => {
    const [testCase] = readVector('methods', name).cases;
    const gate = flatten(testCase!.tensors.gate!).map((value, k) => (k === 1 ? 0 : value));
    const closed = { ...testCase!, tensors: { ...testCase!.tensors, gate } };
    const open = gate.flatMap((value, k) => (value === 0 ? [] : [k]));
    const [whole, pruned] = [closed, onlyRanks(closed, open)].map((made) => {
      const layer = new OneLayer(method, made);
      const values = tf.tidy(() =>
        layer
          .forward(tf.tensor2d(made.inputs as number[][]))
          .dataSync()
          .slice(),
      );
      const update = tf.tidy(() => tf.sub(layer.merged().kernel, layer.base().kernel).dataSync().slice());
      layer.dispose();
      return { values: values as Float32Array, update: update as Float32Array };
    });
    expectClose(pruned!.values, whole!.values, 1e-5, 'output without closed ranks');
    const { layer } = testCase!;
    const singular = singularValues(Matrix.from1DArray(layer.in, layer.out, whole!.update));
    expect(singular.filter((value) => value > 1e-5 * singular[0]!)).toHaveLength(open.length);
  });

  it('touches no gate at a threshold of 0', async () => {
    const options = { steps: 6, learningRate: 1e-3 };
    const run = (threshold: number) =>
      trainTiny({
        engine,
        base,
        method: name,
        config: { threshold, ...(name === 'sora' ? { sparsity: 0 } : {}) },
        options,
      });
    const { steps, tensors } = await run(0);
    for (const { ranks } of steps) expect(new Set(Object.values(ranks!))).toEqual(new Set([rank]));
    for (const [path, { values }] of tensors.at(-1)!) {
      if (path.endsWith('.gate'))
        expect(
          values.every((value) => value !== 0),
          path,
        ).toBe(true);
    }
  });

  it('reports as rank the number of open gates, and closes more of them the larger the threshold is', async () => {
    const options = { steps: 8, learningRate: 1e-3 };
    const left: number[] = [];
    for (const threshold of [0.02, 0.2]) {
      const { steps, tensors } = await trainTiny({ engine, base, method: name, config: { threshold }, options });
      steps.forEach(({ ranks }, index) => {
        for (const [layer, rank] of Object.entries(ranks!)) {
          const { values } = tensors[index]!.get(`${layer}.gate`)!;
          expect(rank, `${layer} after step ${index + 1}`).toBe(values.filter((value) => value !== 0).length);
        }
      });
      left.push(Object.values(steps.at(-1)!.ranks!).reduce((sum, rank) => sum + rank, 0));
    }
    expect(left[0]).toBeGreaterThan(left[1]!);
    expect(left[1]).toBeGreaterThan(0);
  });
});

describe('codyra', () => {
  it('closes nothing in the dense part of a run', async () => {
    const config = { dense: 0.5, threshold: 0.5, stages: 2 };
    const options = { steps: 8, learningRate: 1e-3 };
    const { steps } = await trainTiny({ engine, base, method: 'codyra', config, options });
    const open = steps.map(({ ranks }) => Object.values(ranks!).reduce((sum, rank) => sum + rank, 0));
    // Four dense steps and two at the first stage, whose threshold is 0; 12 layers of rank 16.
    expect(open.slice(0, 6)).toEqual(Array(6).fill(12 * 16));
    expect(open[6]).toBeLessThan(12 * 16);
  });
});
