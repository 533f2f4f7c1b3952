/** @file Trainings whose units are queries with rows, and whose outputs are several numbers: steps, memory, accumulation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { predictMemory } from '../src/memory/predict.js';
import type { LoadedBase } from '../src/models/base.js';
import type { Split } from '../src/objectives/data.js';
import { findObjective, objectives } from '../src/objectives/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { evaluate } from '../src/training/evaluate.js';
import type { StepEvent } from '../src/training/events.js';
import { headOf } from '../src/training/loss.js';
import { unaccumulable } from '../src/training/refusals/options.js';
import { planTraining } from '../src/training/refusals/refusal.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { trivialScores } from '../src/training/trivial.js';
import { openedEngine } from './support/opened-engine.js';
import { queries, sequence } from './support/queries.js';
import { targets, tinyBase, tinyConfig } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

const method = findMethod('lora');
const config = method.config.parse({ rank: 2 });
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
/** Every row by itself: numbers in place of grades. */
const numbers = ({ size, batch }: Split): Split => ({
  size,
  batch(indices) {
    const { groups: _, ...rows } = batch(indices);
    return { ...rows, values: rows.values!.map((grade) => grade - 0.5) };
  },
});

const dataOf = (rows: readonly number[]) => ({
  train: queries(24, rows, 1),
  validation: queries(12, rows, 2),
  test: queries(12, rows, 3),
});
const ranking = (objective: TaskData['objective'], rows: readonly number[]): TaskData => ({
  objective,
  ...dataOf(rows),
});
const quantiles = (): TaskData => {
  const { train, validation, test } = dataOf([1]);
  const unit = { mean: 5, deviation: 2 };
  const objective = 'regression-quantile';
  return { objective, unit, train: numbers(train), validation: numbers(validation), test: numbers(test) };
};

async function run(data: TaskData, options: Partial<TrainInput['options']>) {
  const steps: StepEvent[] = [];
  const result = await train({
    engine: on.engine,
    model: base,
    method,
    config,
    optimizer: adamw,
    data,
    options: { targets, steps: 2, batchSize: 4, learningRate: 2e-2, clipNorm: null, seed: 1, ...options },
    onEvent(event) {
      if (event.type === 'step') steps.push(event);
    },
  });
  return { result, steps };
}

const ranked = objectives
  .filter(({ unit, searches }) => unit === 'query' && !searches)
  .map(({ name }) => name as TaskData['objective']);

describe.each(ranked)('%s', (objective) => {
  it('learns the order of rows, and scores each query', async () => {
    const data = ranking(objective, [3, 5, 4, 6]);
    const { result } = await run(data, { steps: 60 });
    const scored = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
    expect(scored.columns.loss).toHaveLength(12);
    expect(Object.keys(scored.examples)).toEqual(['ndcg@10', 'rr@10', 'ap', 'recall@10']);
    expect(result.validation!['ndcg@10']).toBeGreaterThan(0.9);
    const { validation } = (await run(data, { steps: 0 })).result;
    expect(result.validation!.loss).toBeLessThan(validation!.loss);
  });

  it('accumulates batches of whole queries to the step of one batch', async () => {
    const data = ranking(objective, [3, 5, 4, 6]);
    const [once, twice] = [await run(data, {}), await run(data, { batchSize: 2, accumulate: 2 })];
    twice.steps.forEach(({ loss, gradientNorm }, at) => {
      expect(loss).toBeCloseTo(once.steps[at]!.loss, 5);
      expect(gradientNorm).toBeCloseTo(once.steps[at]!.gradientNorm, 4);
    });
  });
});

const cases: [TaskData['objective'], TaskData, unitRows: number][] = [
  ...ranked.map((name): (typeof cases)[number] => [name, ranking(name, [5]), 5]),
  ['regression-quantile', quantiles(), 1],
];
it.each(cases)('holds the bytes that are predicted for %s', async (objective, data, unitRows) => {
  for (const accumulate of [1, 2]) {
    const { result } = await run(data, { accumulate });
    const plan = { model: tinyConfig, method, config, targets, objective, ...headOf(data) };
    const predicted = predictMemory({ ...plan, optimizer: adamw, batchSize: 4, unitRows, sequence, accumulate });
    expect(Math.abs(result.peak.total / predicted.total - 1), `accumulate ${accumulate}`).toBeLessThan(0.05);
  }
});

it('predicts units of different length by the largest', () => {
  const plan = { model: tinyConfig, method, config, targets, classes: 1, objective: ranked[0]!, optimizer: adamw };
  const of = (batchSize: number, unitRows?: number) => predictMemory({ ...plan, batchSize, sequence, unitRows }).total;
  expect(of(4, 5)).toBe(of(20));
});

describe('quantiles', () => {
  it('learns quantiles in the unit of the number, apart from those of the training split', async () => {
    const data = quantiles();
    const { result } = await run(data, { steps: 80, batchSize: 8 });
    const own = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
    const trivial = trivialScores(data)!;
    expect(trivial.name).toBe('quantiles of the training split');
    expect(own.metrics.pinball).toBeLessThan(trivial.metrics.pinball!);
    expect(own.metrics.loss).toBeCloseTo(own.metrics.pinball! / 2, 5);
  });

  it('refuses a method that learns from a distribution, however many quantiles there are', () => {
    const plan = {
      model: tinyConfig,
      targets,
      config: { rank: 2 },
      objective: 'regression-quantile' as const,
      classes: 3,
    };
    const baLora = findMethod('ba-lora');
    expect(() => planTraining({ ...plan, method: baLora, config: baLora.config.parse({ rank: 2 }) })).toThrow(
      'ba-lora needs outputs over classes or tokens',
    );
  });
});

it('refuses to accumulate a loss that compares the units of a batch, and says why', () => {
  const inBatch = { ...findObjective(ranked[0]!), name: 'in-batch', sumsOver: 'batch' as const };
  expect(unaccumulable(inBatch, 1)).toBeUndefined();
  expect(unaccumulable(findObjective(ranked[0]!), 4)).toBeUndefined();
  expect(unaccumulable(inBatch, 4)).toBe(
    'accumulate 4 adds up the losses of batches, and the loss of in-batch compares the units of a batch with each other: set accumulate to 1',
  );
});
