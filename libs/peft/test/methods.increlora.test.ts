/** @file IncreLoRA: the score that a backward pass leaves, and what a growth does to the update. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { HostTensor, LayerTensors } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { Observations } from '../src/training/observations.js';
import { expectClose, relativeError } from './support/close.js';
import { OneLayer, products } from './support/one-layer.js';
import { tinyBase } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { type MethodCase, readVector } from './support/vectors.js';

const method = findMethod('increlora');
const cases = readVector('methods', 'increlora').cases as (MethodCase & { observed: { score: number } })[];

describe.each(['cpu', 'wasm'] as const)('IncreLoRA on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend);
  });

  it.each(cases.map((testCase, index) => ({ index, testCase })))(
    'observes the score of the reference #$index, and changes no gradient by it',
    ({ testCase }) => {
      const before = tf.memory().numTensors;
      const observations = new Observations();
      const layer = new OneLayer(method, testCase);
      const unobserved = layer.gradients();
      layer.observe = (name, value) => observations.add('layer', name, value);
      const gradients = layer.gradients();
      expectClose(observations.of('layer').score!.dataSync() as Float32Array, [testCase.observed.score], 1e-5, 'score');
      for (const [name, gradient] of Object.entries(gradients)) {
        expect(gradient.dataSync(), name).toEqual(unobserved[name]!.dataSync());
      }
      // A second batch of the same step.
      tf.dispose(layer.gradients());
      const twice = observations.of('layer').score!.dataSync() as Float32Array;
      expectClose(twice, [2 * testCase.observed.score], 1e-5, 'score of two batches');
      tf.dispose([unobserved, gradients] as never);
      observations.dispose();
      layer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

describe('a growth of IncreLoRA', () => {
  it('scales the update by (ρ + 1e-5) / (ρ′ + 1e-5), to which the new rank adds next to nothing', async () => {
    await openEngine('wasm');
    const [reference] = cases;
    // A layer at rank 2 of at most 4, whose budget is 3.
    const config = { ...reference!.config, rank: 3, ceiling: 4 / 3, warmup: 0, interval: 1 };
    const gates = [0.7, -0.4, 1e-5, 0];
    const layer = new OneLayer(method, { ...reference!, config }, { ...reference!.tensors, lora_E: gates });
    const update = () => tf.tidy(() => tf.sub(layer.merged().kernel, layer.base().kernel).dataSync().slice());
    const before = update() as Float32Array;

    const parsed = layer.config as never;
    const { layer: shape } = reference!;
    const state = method.rank!.init([{ path: 'layer', shape }], parsed);
    const { tensors } = layer.context();
    const observed = { score: tf.scalar(1) };
    const stepped = { path: 'layer', shape, kernel: layer.base().kernel, tensors, gradients: {}, observed };
    const random = createRandom(1);
    const input = { step: 1, totalSteps: 10, learningRate: 1, layers: [stepped], config: parsed, random, products };
    const { replaced, ranks, state: next } = await method.rank!.after!({ ...input, state });
    for (const [name, tensor] of Object.entries((replaced as LayerTensors).get('layer')!)) layer.replace(name, tensor);

    expect(ranks).toEqual({ layer: 3 });
    const after = update() as Float32Array;
    const expected = before.map((value) => (value * (2 + 1e-5)) / (3 + 1e-5));
    expectClose(after, expected, 1e-4, 'update after the growth');
    expect(relativeError(after, before), 'change by the growth').toBeGreaterThan(0.3);
    tf.dispose([observed, next] as never);
    layer.dispose();
  });
});

describe('IncreLoRA in a training', () => {
  let engine: Engine;
  let base: LoadedBase;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    base = tinyBase();
  });
  afterAll(() => base.dispose());

  const matrix = ({ shape: [rows = 1, columns = 1], values }: HostTensor) => Matrix.from1DArray(rows, columns, values);

  const config = { rank: 2, ceiling: 2, increment: 1, layersAtOnce: 3, warmup: 0, interval: 2, alpha: 16 };
  const grow = () =>
    trainTiny({ engine, base, method: 'increlora', config, options: { steps: 12, learningRate: 1e-2 } });

  it('adds ranks to layers until the budget is spent, and no more than the authors’ code may', async () => {
    const { steps } = await grow();
    const totals = steps.map(({ ranks }) => Object.values(ranks!).reduce((sum, rank) => sum + rank, 0));
    // 12 layers of rank 1; three more every other step, until 24 are reached.
    expect(totals).toEqual([12, 15, 15, 18, 18, 21, 21, 24, 24, 24, 24, 24]);
    for (const rank of Object.values(steps.at(-1)!.ranks!)) expect(rank).toBeLessThanOrEqual(4);
  });

  it('moves only the ranks that are there, and of the reserve the factors alone', async () => {
    const { steps, tensors } = await grow();
    steps.slice(1).forEach(({ ranks }, index) => {
      for (const [path, rank] of Object.entries(steps[index]!.ranks!)) {
        const [before, after] = [tensors[index]!, tensors[index + 1]!];
        const gates = (stored: ReadonlyMap<string, HostTensor>) => stored.get(`${path}.lora_E`)!.values;
        const rows = (stored: ReadonlyMap<string, HostTensor>) => matrix(stored.get(`${path}.lora_B`)!).to2DArray();
        const what = `${path} in step ${index + 2}`;
        const spent = Object.values(steps[index]!.ranks!).reduce((sum, rank) => sum + rank, 0) >= 24;
        const moving = rank + (spent ? 0 : 1);
        rows(after).forEach((row, k) => {
          if (k < moving) expect(row, `row ${k} of B of ${what}`).not.toEqual(rows(before)[k]);
          else expect(row, `row ${k} of B of ${what}`).toEqual(rows(before)[k]);
        });
        expect(gates(before).slice(rank), `gates of ${path} behind rank ${rank}`).toEqual(
          Float32Array.from({ length: 4 - rank }, (_, k) => (k === 0 && !spent ? 1e-5 : 0)),
        );
        expect(ranks![path], what).toBeGreaterThanOrEqual(rank);
      }
    });
  });
});
