/** @file Schedules, order of examples, clipping and metrics. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { clip, globalNorm } from '../src/training/clip.js';
import { summarize } from '../src/training/metrics.js';
import { trainOptionsSchema } from '../src/training/options.js';
import { exampleOrder } from '../src/training/order.js';
import { learningRateAt } from '../src/training/schedule.js';

describe('learningRateAt', () => {
  const rates = (schedule: 'constant' | 'linear' | 'cosine') =>
    Array.from({ length: 6 }, (_, index) =>
      learningRateAt(index + 1, { steps: 6, warmupSteps: 2, learningRate: 8, schedule }),
    );
  it('rises to the rate over the warm-up and then follows the schedule', () => {
    // Four steps after the warm-up: the share of the decay that is done is 0, 1/4, 2/4, 3/4.
    expect(rates('constant')).toEqual([4, 8, 8, 8, 8, 8]);
    expect(rates('linear')).toEqual([4, 8, 8, 6, 4, 2]);
    const cosine = [4, 8, 8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2];
    rates('cosine').forEach((rate, index) => {
      expect(rate).toBeCloseTo(cosine[index]!, 12);
    });
  });
});

describe('exampleOrder', () => {
  it('takes every example once an epoch, in another order each epoch', () => {
    const order = exampleOrder(10, createRandom(1));
    const [first, second] = [order(0, 10), order(10, 10)];
    expect(first.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(second.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(second).not.toEqual(first);
  });

  it('does not depend on what was taken before', () => {
    const whole = exampleOrder(10, createRandom(1))(0, 40);
    expect(exampleOrder(10, createRandom(1))(17, 15)).toEqual(whole.slice(17, 32));
  });
});

describe('clip', () => {
  beforeAll(() => openEngine('wasm'));
  const make = () =>
    new Map<string, Tensor>([
      ['a', tf.tensor1d([3, 0])],
      ['b', tf.tensor2d([[0, 4]])],
    ]);
  const values = (gradients: ReturnType<typeof make>) => [...gradients.values()].map((t) => Array.from(t.dataSync()));

  it('scales all gradients by one factor, as torch does', async () => {
    const gradients = make();
    const norm = await globalNorm(gradients);
    expect(norm).toBe(5);
    clip(gradients, norm, 2);
    // 2 / (5 + 1e-6) of each.
    expect(values(gradients)[0]![0]).toBeCloseTo(1.2, 6);
    expect(values(gradients)[1]![1]).toBeCloseTo(1.6, 6);
    tf.dispose([...gradients.values()]);
  });

  it('leaves gradients within the bound as they are', async () => {
    const gradients = make();
    clip(gradients, await globalNorm(gradients), 6);
    expect(values(gradients)).toEqual([
      [3, 0],
      [0, 4],
    ]);
    tf.dispose([...gradients.values()]);
  });
});

describe('summarize', () => {
  it('has perplexity for language modelling', () => {
    const metrics = summarize({ objective: 'language-modelling', columns: { loss: Float64Array.of(1, 3) } });
    expect(metrics).toEqual({ loss: 2, perplexity: Math.exp(2) });
  });

  it('has accuracy and macro-F1 for classification', () => {
    // Class 0 has two labels, three predictions, two of them right: F1 = 2·2 / (2 + 3).
    const metrics = summarize({
      objective: 'classification',
      columns: {
        loss: new Float64Array(5),
        prediction: Float64Array.of(0, 0, 1, 0, 2),
        label: Float64Array.of(0, 0, 1, 1, 1),
      },
    });
    expect(metrics.accuracy).toBe(3 / 5);
    // Class 1 has three labels and one prediction: 2·1 / (3 + 1). Class 2 has none right: 0.
    expect(metrics.macroF1).toBeCloseTo((4 / 5 + 1 / 2 + 0) / 3, 12);
  });
});

describe('trainOptionsSchema', () => {
  it.each([
    [{ steps: -1, learningRate: 1 }, 'steps'],
    [{ steps: 1.5, learningRate: 1 }, 'steps'],
    [{ steps: 1, learningRate: Number.NaN }, 'learningRate'],
    [{ steps: 1, learningRate: -1 }, 'learningRate'],
    [{ steps: 2, learningRate: 1, warmupSteps: 2 }, 'warmupSteps'],
    [{ steps: 1, learningRate: 1, dropout: 1 }, 'dropout'],
    [{ steps: 1, learningRate: 1, targets: [] }, 'targets'],
    [{ steps: 1, learningRate: 1, targets: [7] }, 'targets'],
    [{ steps: 1, learningRate: 1, clipNorm: 0 }, 'clipNorm'],
  ])('refuses %j and names %s', (options, field) => {
    const { error } = trainOptionsSchema.safeParse(options);
    expect(error?.issues[0]?.path[0]).toBe(field);
  });

  it('refuses a field that it does not know', () => {
    expect(trainOptionsSchema.safeParse({ steps: 1, learningRate: 1, stepz: 2 }).success).toBe(false);
  });
});
