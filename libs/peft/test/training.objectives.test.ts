/** @file Objectives besides plain language modelling: completions behind a prompt, and numbers. */
import { describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { squaredError } from '../src/engine/squared-error.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { evaluate } from '../src/training/evaluate.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { openedBase } from './support/opened-engine.js';
import { tinyData } from './support/tiny-model.js';

const on = openedBase();

const lora = findMethod('lora');
const run = (data: TaskData, steps: number) =>
  train({
    engine: on.engine,
    model: on.base,
    method: lora,
    config: { rank: 2 },
    optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
    data,
    options: { clipNorm: null, steps, batchSize: 8, learningRate: 2e-2, seed: 1 },
  });

describe('instruction tuning', () => {
  /** `from` … counts; what stands before is the prompt. */
  const masked = (from: number, to = Number.POSITIVE_INFINITY): TaskData => {
    const mask = (split: Split): Split => ({
      size: split.size,
      batch(indices) {
        const batch = split.batch(indices);
        const counts = (at: number) => at % batch.sequence >= from && at % batch.sequence < to;
        return { ...batch, targets: batch.targets.map((target, at) => (counts(at) ? target : -1)) };
      },
    });
    const { train, validation, test } = tinyData;
    return {
      objective: 'instruction-tuning',
      train: mask(train),
      validation: mask(validation),
      test: mask(test),
    };
  };
  const losses = async (data: TaskData) =>
    Array.from((await evaluate({ model: on.base, method: lora, data, split: 'test' })).columns.loss!);

  it('scores the mean over the tokens of the completion alone', async () => {
    const [sixth, seventh, eighth, together] = await Promise.all([
      losses(masked(5, 6)),
      losses(masked(6, 7)),
      losses(masked(7, 8)),
      losses(masked(5)),
    ]);
    const means = sixth.map((loss, example) => (loss + seventh[example]! + eighth[example]!) / 3);
    expectClose(together, means, on.engine.tolerance, 'losses of completions');
    expect(new Set(together.map((loss) => loss.toFixed(3))).size).toBeGreaterThan(4);
  });

  it('trains on the completion alone', async () => {
    const before = (await evaluate({ model: on.base, method: lora, data: masked(5), split: 'validation' })).metrics;
    const { validation } = await run(masked(5), 40);
    expect(validation!.perplexity).toBeLessThan(before.perplexity! / 1.5);
    expect(validation!.perplexity).toBeCloseTo(Math.exp(validation!.loss), 6);
  });
});

describe('regression', () => {
  it('has the gradient of the mean squared error', async () => {
    const outputs = tf.tensor2d([1, 2, -1], [3, 1]);
    const { value, gradients } = differentiate(new Map([['outputs', outputs]]), () =>
      squaredError(outputs, Float32Array.of(0, 4, -1), 4),
    );
    // (1² + (−2)² + 0²) / 4, and 2·(output − value) / 4.
    expect(value.dataSync()[0]).toBe(1.25);
    expect(Array.from(gradients.get('outputs')!.dataSync())).toEqual([0.5, -1, 0]);
    disposeGradients(gradients);
    tf.dispose([value, outputs]);
  });

  /** Numbers near 1,000 that follow from the first token. */
  const number = (index: number) => 1000 + 10 * (index % 12);
  const unit = { mean: 1055, deviation: 34.5 };
  const split: Split = {
    size: 24,
    batch: (indices) => ({
      size: indices.length,
      sequence: 4,
      inputs: Int32Array.from(indices.flatMap((index) => [index % 12, 1, 2, 12])),
      targets: new Int32Array(0),
      values: Float32Array.from(indices, (index) => (number(index) - unit.mean) / unit.deviation),
      lengths: new Int32Array(indices.length).fill(3),
    }),
  };
  const data: TaskData = { objective: 'regression', unit, train: split, validation: split, test: split };

  it('learns, and predicts in the unit of the number', async () => {
    const { result, scored } = await run(data, 80).then(async (result) => ({
      result,
      scored: await evaluate({ model: on.base, method: lora, adapter: result.adapter!, data, split: 'test' }),
    }));
    expectClose(
      Array.from(scored.columns.label!),
      Array.from({ length: 24 }, (_, index) => number(index)),
      1e-6,
      'labels',
    );
    // A constant at the mean has the deviation of 34.5.
    expect(result.validation!.rmse).toBeLessThan(12);
    expect(result.validation!.pearson).toBeGreaterThan(0.94);
    const errors = Array.from(scored.columns.prediction!, (prediction, index) => prediction - number(index));
    const mse = errors.reduce((sum, error) => sum + error ** 2, 0) / 24;
    expect(scored.metrics.rmse).toBeCloseTo(Math.sqrt(mse), 3);
    expect(scored.metrics.loss).toBeCloseTo(mse / unit.deviation ** 2, 4);
    expect(Object.keys(scored.examples)).toEqual(['rmse', 'pearson', 'spearman']);
  });

  it('has no score of the bare base, which has no head', async () => {
    await expect(evaluate({ model: on.base, method: lora, data, split: 'test' })).rejects.toThrow(
      'no head for regression',
    );
  });
});
