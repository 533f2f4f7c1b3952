/** @file Ranking by features: what a split holds, what is learned by each loss over queries, and the bytes that are held. */

import { findEvaluator, scoreBaseline } from '@rankforge/evaluators';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../src/data/from-rows.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelConfigSchema } from '../src/models/config.js';
import { hiddenStates } from '../src/models/forward.js';
import { findRecipe } from '../src/recipes/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { evaluate } from '../src/training/evaluate.js';
import { train } from '../src/training/trainer.js';
import { openedBase } from './support/opened-engine.js';

const config = modelConfigSchema.parse({ architecture: 'feature-mlp', features: 6, width: 16, layers: 2 });
const on = openedBase(
  () => new LoadedBase({ config, values: initialValues(config, createRandom(2)), tokenizer: null }),
);
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

/** Queries of eight rows, whose grade follows from how near two of five numbers are; the others say nothing. */
function queries(count: number, seed: string) {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, query) => ({
    query: `q${query}`,
    rows: Array.from({ length: 8 }, () => {
      const features = Array.from({ length: 5 }, () => random.uniform());
      return { features, grade: Math.floor(3.999 * (1 - Math.abs(features[1]! - features[3]!)) ** 2) };
    }),
  }));
}
const dataOf = () =>
  fromRows(
    { config, tokenizer: null },
    {
      objective: 'feature-ranking',
      train: queries(60, 'train'),
      validation: queries(10, 'validation'),
      test: queries(60, 'test'),
    },
  );

interface Given {
  recipe?: string;
  targets?: string[];
  steps?: number;
  batchSize?: number;
  model?: LoadedBase;
}

const trained = (name: string, given: Given = {}) => {
  const method = findMethod(name);
  const { recipe, targets = ['fc_1', 'fc_2'], steps = 150, batchSize = 10, model = on.base } = given;
  return train({
    engine: on.engine,
    model,
    method,
    config: method.config.parse({}),
    optimizer: adamw,
    data: dataOf(),
    ...(recipe && { recipe: findRecipe(recipe) }),
    options: { targets, steps, batchSize, learningRate: 0.02, clipNorm: 1, seed: 3 },
  });
};

describe('what is learned', () => {
  const untaught = scoreBaseline({
    evaluator: findEvaluator('random'),
    config: {},
    data: dataOf(),
    split: 'test',
    seed: 1,
  });

  it.each([
    undefined,
    'listwise',
    'ranknet',
    'lambda',
    'hinge',
    'dla',
    'clicks-naive',
    'clicks-ips',
    'clicks-calibrated',
  ])('orders rows better than chance by the loss of %s', async (recipe) => {
    const method = findMethod('full-ft');
    const { adapter } = await trained('full-ft', recipe ? { recipe } : {});
    const { metrics } = await evaluate({ model: on.base, method, adapter: adapter!, data: dataOf(), split: 'test' });
    expect(untaught.metrics['ndcg@10']).toBeLessThan(0.8);
    expect(metrics['ndcg@10']).toBeGreaterThan(untaught.metrics['ndcg@10']! + 0.1);
  });

  it('puts adapters of low rank on its layers', async () => {
    const { adapter } = await trained('lora', { targets: ['fc_2'] });
    const scored = { model: on.base, method: findMethod('lora'), adapter: adapter!, data: dataOf() };
    const { metrics } = await evaluate({ ...scored, split: 'test' });
    expect(metrics['ndcg@10']).toBeGreaterThan(untaught.metrics['ndcg@10']!);
  });
});

it.each([
  { name: 'full-ft', targets: ['fc_1', 'fc_2'] },
  { name: 'lora', targets: ['fc_1', 'fc_2'] },
  { name: 'dora', targets: ['fc_2'] },
  { name: 'linear-probe', targets: ['fc_1'] },
])('holds the bytes that are predicted for $name on $targets', async ({ name, targets }) => {
  const method = findMethod(name);
  // The width is that of the base of the product: in less, what no layer holds is more than a hundredth.
  const wide = { ...config, features: 136, width: 64, layers: 3 };
  const model = new LoadedBase({ config: wide, values: initialValues(wide, createRandom(2)), tokenizer: null });
  const { peak } = await trained(name, { targets, steps: 2, batchSize: 20, model });
  model.dispose();
  const predicted = predictMemory({
    model: wide,
    method,
    config: method.config.parse({}),
    optimizer: adamw,
    objective: 'feature-ranking',
    classes: 1,
    unitRows: 8,
    batchSize: 20,
    sequence: 0,
    targets,
    steps: 2,
  });
  expect(Math.abs(predicted.total / peak.total - 1)).toBeLessThan(0.01);
});

describe('rows of features', () => {
  it('become batches of whole queries, with the numbers that they have', () => {
    const { train: split } = dataOf();
    const { size, groups, features, values } = split.batch([2, 0]);
    expect([size, [...groups!], features!.length, values!.length]).toEqual([16, [8, 8], 80, 16]);
    const [own] = queries(60, 'train');
    expect([...features!.subarray(40, 45)]).toEqual([...Float32Array.from(own!.rows[0]!.features)]);
    expect(split.queries![0]).toEqual({ query: 'q0', rows: [1, 2, 3, 4, 5, 6, 7, 8].map((row) => `row ${row} of q0`) });
  });

  it('refuses rows that are not alike, and more numbers than the model reads', () => {
    const rows = queries(2, 'some');
    const reading = (features: number[]) => () =>
      fromRows(
        { config, tokenizer: null },
        {
          objective: 'feature-ranking',
          train: rows,
          validation: [{ query: 'odd', rows: [...rows[0]!.rows, { features, grade: 0 }] }],
        },
      );
    expect(reading([1, 2])).toThrow('validation, query "odd", row 8: expected 5 numbers, got 2');
    expect(reading([1, 2, 3, 4, 5, 6, 7])).toThrow(
      'validation, row 0, rows: the model reads 6 features of a row, got 7',
    );
    expect(reading([1, 2, 3, 4, Number.NaN])).toThrow('validation, row 0, rows.8.features');
  });

  it('refuses a batch that holds none of them, or more than the model reads', () => {
    const batch = (features?: Float32Array) => ({
      ...{ size: 1, sequence: 0, inputs: new Int32Array(0), lengths: new Int32Array(0) },
      ...(features && { features }),
    });
    const access = { tensor: () => expect.unreachable('nothing is read'), linear: expect.unreachable } as never;
    const reading = (features?: Float32Array) => () => hiddenStates(config, batch(features), access);
    expect(reading()).toThrow('The model reads 6 features of an example; the batch holds none');
    expect(reading(new Float32Array(7))).toThrow('the batch holds 7');
  });
});
