/** @file Items for users: what is trained on, what is ordered, what is learned, and rows that cannot be used. */

import { findEvaluator, scoreBaseline } from '@rankforge/evaluators';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fromRows } from '../src/data/from-rows.js';
import type { Interaction } from '../src/data/interactions.js';
import type { TaskData } from '../src/data/task-data.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelConfigSchema } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { evaluate } from '../src/training/evaluate.js';
import { searchingOf } from '../src/training/searching.js';
import { train } from '../src/training/trainer.js';
import { undisturbed } from '../src/training/turns.js';
import { openedBase } from './support/opened-engine.js';
import { names, tastes, tastesOf, vectors, vectorsConfig } from './support/tastes.js';

const on = openedBase(vectors);

const method = findMethod('full-ft');
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({ weightDecay: 1 }));
const options = { targets: ['tables'], batchSize: 16, learningRate: 0.03, clipNorm: null, seed: 1 };

it('learns which half of the items a user likes, which popularity does not know', async () => {
  const data = tastesOf();
  const losses: number[] = [];
  const result = await train({
    engine: on.engine,
    model: on.base,
    method,
    config: {},
    optimizer: adamw,
    data,
    options: { ...options, steps: 80 },
    onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
  });
  expect(losses[0]).toBeCloseTo(Math.log(2), 1);
  expect(losses.at(-1)).toBeLessThan(0.5);
  const { metrics, examples } = await evaluate({
    model: on.base,
    method,
    adapter: result.adapter!,
    data,
    split: 'test',
  });
  expect(Object.keys(examples)).toEqual(['recall@20', 'ndcg@20']);
  for (const values of Object.values(examples)) expect(values).toHaveLength(20);
  // Ten items of the half that a user likes are left, and each is as likely as another.
  expect(metrics['recall@20']).toBe(1);
  const popular = scoreBaseline({ evaluator: findEvaluator('popularity'), config: {}, data, split: 'test', seed: 0 });
  expect(popular.metrics['ndcg@20']).toBeLessThan(metrics['ndcg@20']!);
});

it('holds the bytes that are predicted', async () => {
  // Compared at a time are as many users and items.
  const documents = [...names, ...Array.from({ length: 260 }, (_, item) => `further ${item}`)];
  const config = { ...vectorsConfig, cardinalities: [400] };
  const users = tastes();
  const copied = users.validation.flatMap((row) => [row, { ...row, user: `${row.user}'` }]);
  const rows = { ...users, train: [...users.train, ...users.train.map((row) => ({ ...row, user: `${row.user}'` }))] };
  const data = fromRows(
    { config, tokenizer: null },
    { objective: 'recommendation', ...rows, validation: copied, documents },
  );
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(5)), tokenizer: null });
  const trial = { model: config, method, config: {}, optimizer: adamw, objective: data.objective };
  const { peak } = await train({
    engine: on.engine,
    model,
    method,
    config: {},
    optimizer: adamw,
    data,
    options: { ...options, steps: 2 },
  });
  model.dispose();
  const { unitRows } = data.train.searches!;
  const predicted = predictMemory({
    ...trial,
    unitRows,
    batchSize: 16,
    sequence: 0,
    targets: options.targets,
    steps: 2,
  });
  expect(Math.abs(predicted.total / peak.total - 1)).toBeLessThan(0.01);
});

/** What draws negatives for the training split, and searches nothing. */
function searchingIn(data: TaskData) {
  const unused = () => Promise.reject(new Error('nothing is encoded to draw negatives'));
  const search = {
    queries: unused,
    documents: unused,
    feedback: 0,
    data,
    split: data.train,
    batchSize: 8,
    turn: undisturbed,
  };
  return searchingOf({ recipe: undefined, search, random: createRandom(3) })!;
}

it('trains beside items that the user never had, drawn anew at every step', async () => {
  const data = tastesOf();
  const had = new Map<number, Set<number>>();
  const users = new Map<string, number>();
  const { train: rows } = tastes();
  for (const { user, item } of rows) {
    if (!users.has(user)) users.set(user, users.size);
    const own = had.get(users.get(user)!) ?? new Set();
    had.set(users.get(user)!, own.add(users.size === 0 ? 0 : Number(item.slice(1))));
  }
  const searching = searchingIn(data);
  const drawn: string[] = [];
  for (const step of [1, 2]) {
    const { batch } = await searching.batches(step)([0, 17, 199], undefined);
    expect([batch.size, Array.from(batch.groups!), Array.from(batch.targets)]).toEqual([9, [3, 3, 3], [0, 2, 4]]);
    // Each user is compared with the two items of its own alone.
    expect(Array.from(batch.excluded!)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
    const ids = Array.from(batch.fields!);
    const negatives = [0, 1, 2].map((unit) => ids[3 * unit + 2]! - users.size);
    negatives.forEach((item, unit) => {
      expect(had.get(ids[3 * unit]!)!.has(item)).toBe(false);
    });
    drawn.push(negatives.join());
  }
  expect(drawn[0]).not.toBe(drawn[1]);
});

it('draws the same items for a step whole and in micro-batches', async () => {
  const searching = searchingIn(tastesOf());
  const drawn = async (batches: readonly number[][]) => {
    const next = searching.batches(1);
    const ids: number[] = [];
    for (const units of batches) {
      const { fields } = (await next(units, undefined)).batch;
      ids.push(...units.map((_, unit) => fields![3 * unit + 2]!));
    }
    return ids;
  };
  const whole = await drawn([[0, 1, 2, 3, 4, 5, 6, 7]]);
  expect(new Set(whole).size).toBeGreaterThan(4);
  expect(
    await drawn([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]),
  ).toEqual(whole);
});

it('has the loss of a whole batch in micro-batches, but for rounding', async () => {
  const lossOf = async (batchSize: number, accumulate: number) => {
    const losses: number[] = [];
    await train({
      ...{ engine: on.engine, model: on.base, method, config: {}, optimizer: adamw, data: tastesOf() },
      options: { ...options, batchSize, accumulate, steps: 2 },
      onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
    });
    return losses;
  };
  const whole = await lossOf(8, 1);
  const cut = await lossOf(2, 4);
  cut.forEach((loss, step) => {
    expect(loss).toBeCloseTo(whole[step]!, 6);
  });
  expect(cut).toHaveLength(2);
});

it('orders for a user what he or she did not have before: of the test split, neither training nor validation', () => {
  const rows = {
    train: [pair('a', 'x'), pair('a', 'y'), pair('b', 'x')],
    validation: [pair('a', 'z')],
    test: [pair('a', 'w'), pair('b', 'z')],
  };
  const { test, validation, corpus } = tastesOf({ ...rows, documents: ['w', 'x', 'y', 'z'] });
  expect(corpus!.texts).toEqual(['w', 'x', 'y', 'z']);
  expect(validation.searches!.barred!(0)).toEqual([1, 2]);
  expect([0, 1].map((unit) => test.searches!.barred!(unit))).toEqual([[1, 2, 3], [1]]);
  expect(test.searches!.relevant(0)).toEqual([{ document: 0, grade: 1 }]);
  // Users are vectors 0 and 1, items those after them.
  expect(Array.from(test.searches!.batch([1, 0]).fields!)).toEqual([1, 0]);
  expect(Array.from(corpus!.batch([3, 0]).fields!)).toEqual([5, 2]);
  const data = tastesOf({ ...rows, documents: ['w', 'x', 'y', 'z'] });
  const { examples } = scoreBaseline({
    evaluator: findEvaluator('popularity'),
    config: {},
    data,
    split: 'test',
    seed: 0,
  });
  // To a the item w alone is left; b sees y, which one user took, and z, which stands behind w of as few takers.
  expect(Array.from(examples['recall@20']!)).toEqual([1, 1]);
  expect(Array.from(examples['ndcg@20']!)).toEqual([1, 0.5]);
});

const pair = (user: string, item: string, time?: number): Interaction => ({
  user,
  item,
  ...(time === undefined ? {} : { time }),
});

describe('rows that cannot be used', () => {
  const train = [pair('a', 'x', 1), pair('a', 'y', 2), pair('b', 'x', 3)];
  const validation = [pair('a', 'z', 4)];
  const test = [pair('b', 'y', 5)];
  const documents = ['x', 'y', 'z'];
  it.each([
    [
      'a user without a training item',
      { validation: [pair('c', 'z', 4)] },
      'validation, row 0, user: "c" has no item in the training split',
    ],
    [
      'an item that is not in the catalogue',
      { test: [pair('b', 'q', 5)] },
      'test, row 0, item: "q" is none of the 3 items of the catalogue',
    ],
    [
      'a row that is there twice',
      { train: [...train, pair('a', 'x', 3)] },
      'train, row 3: "a" with "x" stands in row 0 too',
    ],
    [
      'a row of an earlier split',
      { test: [pair('a', 'z', 5)] },
      'test, row 0: "a" with "z" stands in an earlier split too',
    ],
    [
      'an interaction in the future of its split',
      { train: [...train, pair('b', 'z', 6)] },
      'validation, row 0, time: "a" with "z" happened at 4, and an earlier split has what happened at 6: it would be foretold from its future',
    ],
    [
      'a user who had everything',
      { documents: ['x', 'y'], validation: [pair('b', 'y', 4)], test: [pair('b', 'y', 5)] },
      'train, user "a" had all 2 items',
    ],
    [
      'a time that is no number',
      { train: [{ ...train[0]!, time: 'noon' as never }] },
      'train, row 0, time: expected number',
    ],
  ])('refuses %s', (_, changed, problem) => {
    expect(() => tastesOf({ train, validation, test, documents, ...changed })).toThrow(problem);
  });

  it('refuses more users and items than the model has vectors', () => {
    const rows = Array.from({ length: 70 }, (_, item) => pair('a', `i${item}`));
    expect(() => tastesOf({ train: rows, validation: [pair('a', 'z')], documents: [] })).toThrow(
      'there are 1 users and 71 items, a vector for each of which one field with 72 ids or more has; this model has fields with 64 ids',
    );
  });
});

it('reads a model without layers, whose width is that of its embeddings', () => {
  const json = {
    model_type: 'embedding-mlp',
    cardinalities: [64],
    embedding_size: 8,
    hidden_size: 8,
    num_hidden_layers: 0,
  };
  expect(readModelConfig(json)).toEqual(vectorsConfig);
  expect(() => modelConfigSchema.parse({ ...vectorsConfig, width: 16 })).toThrow(z.ZodError);
});
