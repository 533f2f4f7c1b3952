/** @file Units that are scored by searching a corpus: what is trained, what is found, and the bytes that it takes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusOf, searchedTexts, trainedRows } from '../src/data/searched.js';
import type { TaskData } from '../src/data/task-data.js';
import { predictMemory } from '../src/memory/predict.js';
import type { Method } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { objectives } from '../src/objectives/registry.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { evaluate, restore } from '../src/training/evaluate.js';
import { objectiveOf } from '../src/training/loss.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { searchBlock, unitsInCorpus } from '../src/training/search.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { companionsOf } from './support/companions.js';
import { openedEngine } from './support/opened-engine.js';
import { targets, tinyBase, tinyConfig } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

const objective = objectives.find(({ searches }) => searches)!.name as TaskData['objective'];
const method = findMethod('lora');
const config = method.config.parse({ rank: 2 });
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const sequence = 6;
const options = {
  encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) - 'a'.charCodeAt(0)),
  sequenceLength: sequence,
};

/** A document of six letters; the query of it has four of the same in another order. */
function items(count: number, seed: number, negatives: number) {
  const random = createRandom(seed);
  const letter = () => String.fromCharCode('a'.charCodeAt(0) + random.integer(13));
  const text = () => Array.from({ length: sequence }, letter).join('');
  return Array.from({ length: count }, () => {
    const document = text();
    const query = Array.from(document).reverse().slice(0, 4).join('');
    const others = Array.from({ length: negatives }, () => ({ text: text(), grade: 0 }));
    return { query, rows: [{ text: document, grade: 1 }, ...others] };
  });
}

/** @param documents of the corpus that no query has */
function dataOf({ negatives = 0, documents = 300 } = {}): TaskData {
  const [train, validation, test] = [24, 40, 12].map((count, at) => items(count, at + 1, negatives));
  const further = items(documents, 9, 0).map(({ rows }) => rows[0]!.text);
  const corpus = corpusOf([...train!, ...validation!, ...test!], further, options);
  const of = (own: ReturnType<typeof items>) => searchedTexts(own, corpus, options);
  return { objective, corpus, train: of(train!), validation: of(validation!), test: of(test!) };
}

async function run(data: TaskData, options: Partial<TrainInput['options']>, by = method) {
  const losses: number[] = [];
  const result = await train({
    engine: on.engine,
    model: base,
    method: by,
    config: by.config.parse(by.usesRank ? { rank: 2 } : {}),
    optimizer: adamw,
    data,
    options: { targets, steps: 2, batchSize: 6, learningRate: 2e-2, clipNorm: null, seed: 1, ...options },
    onEvent(event) {
      if (event.type === 'step') losses.push(event.loss);
    },
  });
  return { result, losses };
}

it('learns to find the document of a query among all, and scores each query', async () => {
  const data = dataOf();
  const { result } = await run(data, { steps: 80 });
  const [before, after] = await Promise.all(
    [undefined, result.adapter!].map((adapter) =>
      evaluate({ model: base, method, data, split: 'train', ...(adapter && { adapter }) }),
    ),
  );
  expect(Object.keys(after!.examples)).toEqual(['ndcg@10', 'rr@10', 'ap', 'recall@10', 'recall@100']);
  for (const scores of Object.values(after!.examples)) expect(scores).toHaveLength(24);
  expect(after!.metrics['ndcg@10']).toBeGreaterThan(before!.metrics['ndcg@10']! + 0.2);
  expect(after!.metrics.loss).toBeLessThan(before!.metrics.loss!);
});

it('finds in blocks of the corpus what comparing every pair finds', async () => {
  const data = dataOf();
  const { result } = await run(data, {});
  const trial = restore(base, method, result.adapter!);
  const read = async (batch: Parameters<ReturnType<typeof objectiveOf>['read']>[1]) =>
    objectiveOf(objective).read(tinyConfig, batch, trial.access());
  const { corpus, test } = data;
  expect(corpus!.size).toBeGreaterThan(searchBlock.documents);
  const width = tinyConfig.width;
  const documents = await read(corpus!.batch(Array.from({ length: corpus!.size }, (_, at) => at)));
  const ranks: number[] = [];
  for (let unit = 0; unit < test.size; unit++) {
    const query = await read(test.searches!.batch([unit]));
    expect(query.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
    const similarity = (at: number) => query.reduce((sum, x, place) => sum + x * documents[at * width + place]!, 0);
    const found = similarity(test.searches!.relevant(unit)[0]!.document);
    ranks.push(
      Array.from({ length: corpus!.size }, (_, at) => at).filter((at) => similarity(at) > found + 1e-6).length + 1,
    );
  }
  trial.dispose();
  const { examples } = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
  expect(Array.from(examples.ap!, (ap) => Math.round(1 / ap))).toEqual(ranks);
  expect(Math.max(...ranks)).toBeGreaterThan(20);
});

describe('a batch', () => {
  const rows = (...graded: [string, number][]) => graded.map(([text, grade]) => ({ text, grade }));
  const queries = [
    { query: 'ab', rows: rows(['aaa', 1], ['bbb', 2], ['ccc', 0]) },
    { query: 'cd', rows: rows(['aaa', 1], ['ddd', 0]) },
    { query: 'ef', rows: rows(['eee', 0]) },
  ];
  const corpus = corpusOf(queries, ['fff', 'aaa'], options);
  const split = searchedTexts(queries, corpus, options);

  it('is a query, its most relevant document and its negatives, and compares no query with what is relevant to it too', () => {
    expect(corpus.texts).toEqual(['aaa', 'bbb', 'ccc', 'ddd', 'eee', 'fff']);
    const { size, groups, targets, excluded, lengths } = split.batch([0, 1, 2]);
    expect([size, Array.from(groups!), Array.from(targets)]).toEqual([8, [3, 3, 2], [0, 2, 0]]);
    expect(Array.from(lengths)).toEqual([2, 3, 3, 2, 3, 3, 2, 3]);
    // Documents: bbb ccc, aaa ddd, eee. The first query is compared with no aaa, the third with nothing.
    expect(Array.from({ length: 3 }, (_, unit) => Array.from(excluded!.subarray(5 * unit, 5 * unit + 5)))).toEqual([
      [0, 0, 1, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 1, 1, 1, 1],
    ]);
    expect(split.searches!.relevant(0)).toEqual([
      { document: 0, grade: 1 },
      { document: 1, grade: 2 },
    ]);
  });

  it('reads the first seven negatives of a query', () => {
    const many = Array.from({ length: 12 }, (_, at): [string, number] => [`n${at}`, 0]);
    expect(trainedRows({ rows: rows(...many, ['x', 3], ['y', 3]) }).map(({ text }) => text)).toEqual([
      'x',
      ...['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6'],
    ]);
  });

  it('learns nothing from a query without a relevant document, which scores 0 whatever is found', async () => {
    const data: TaskData = { objective, corpus, train: split, validation: split, test: split };
    const { examples, columns } = await evaluate({ model: base, method, data, split: 'test' });
    expect(columns.loss![2]).toBe(0);
    expect(Object.values(examples).map((scores) => scores[2])).toEqual([0, 0, 0, 0, 0]);
    const alone = { ...data, train: searchedTexts(queries.slice(2), corpus, options) };
    expect((await run(alone, { batchSize: 2 })).losses.map(Math.abs)).toEqual([0, 0]);
  });

  it('refuses rows that the corpus does not hold', () => {
    expect(() => searchedTexts([{ query: 'a', rows: rows(['xyz', 1]) }], corpus, options)).toThrow(
      'the corpus holds no document "xyz"',
    );
  });
});

describe('memory', () => {
  const plan = { model: tinyConfig, method, config, targets, objective, optimizer: adamw, sequence };
  it.each([0, 3])('is predicted where each query has %i negatives of its own', async (negatives) => {
    const { result } = await run(dataOf({ negatives }), {});
    const predicted = predictMemory({ ...plan, batchSize: 6, unitRows: 2 + negatives }).total;
    expect(Math.abs(result.peak.total / predicted - 1)).toBeLessThan(0.01);
  });

  it('is predicted of the search alone', async () => {
    const { result } = await run(dataOf(), { steps: 0, batchSize: 2 });
    const predicted = predictMemory({ ...plan, steps: 0, batchSize: 2, unitRows: 2 }).total;
    expect(result.peak.total).toBeLessThanOrEqual(1.01 * predicted);
    expect(result.peak.total).toBeGreaterThan(0.99 * predicted);
  });
});

describe('methods that fine-tune', () => {
  const ofTuning = methods.filter(({ purposes = ['finetune'] }) => purposes[0] === 'finetune');
  const trialOf = (method: Method) => {
    const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
    const trial = { model: tinyConfig, method, config, targets, objective };
    return { ...trial, ...companionsOf(method, trial).plan };
  };
  const refused = ofTuning.flatMap((method) => {
    const found = refusal(trialOf(method));
    return found ? [`${method.name}: ${found.reason}`] : [];
  });

  it('are all taken but those that train a head alone, or learn from what a model answers', () => {
    const distribution = (what: string) =>
      expect.stringMatching(new RegExp(`needs outputs over classes or tokens, whose distribution it ${what}`));
    expect(refused).toEqual([
      expect.stringMatching(/^linear-probe: /),
      distribution('penalizes'),
      distribution('learns'),
      distribution('learns'),
    ]);
  });

  it('are predicted, and hold more in a step than their weights', () => {
    for (const method of ofTuning) {
      const trial = trialOf(method);
      if (refusal(trial)) continue;
      const predict = (steps?: number) =>
        predictMemory({
          ...trial,
          optimizer: adamw,
          sequence,
          batchSize: 4,
          unitRows: 2,
          ...(steps === 0 && { steps }),
        });
      expect(predict().total, method.name).toBeGreaterThan(predict(0).weights);
    }
  });

  it.each(['full-ft', 'prompt-tuning', 'adalora', 'dylora', 'lora-ga', 'psoft'])('train by %s', async (name) => {
    const method = findMethod(name);
    const data = dataOf({ documents: 4 });
    const { result, losses } = await run(data, { steps: 1 }, method);
    expect(losses).toHaveLength(1);
    const scored = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
    expect(scored.metrics.loss).toBeGreaterThan(0);
  });
});

it('refuses to accumulate batches, whose units are compared with each other, and a method that trains a head alone', () => {
  const trial = { model: tinyConfig, method, config, targets, objective };
  expect(refusal({ ...trial, accumulate: 2 })).toEqual({
    field: 'accumulate',
    reason: `accumulate 2 adds up the losses of batches, and the loss of ${objective} compares the units of a batch with each other: set accumulate to 1`,
  });
  expect(refusal({ ...trial, method: findMethod('linear-probe'), config: {} })).toEqual({
    field: 'method',
    reason: `linear-probe trains nothing on ${objective}: choose a classification task or another method`,
  });
});

describe('a batch of one query', () => {
  const trial = { model: tinyConfig, method, config, targets, objective };
  const reason = `batchSize is 1, and no query has negatives of its own: ${objective} compares a query with the other documents of its batch, and here are none, so that its loss is 0 whatever is trained. Set batchSize to 2 or more, give queries negatives, or take a recipe that finds some`;

  it('is refused where no query has negatives of its own', () => {
    expect(refusal({ ...trial, batchSize: 1, unitRows: 2 })).toEqual({ field: 'batchSize', reason });
    expect(refusal({ ...trial, batchSize: 1, unitRows: 3 })).toBeUndefined();
    expect(refusal({ ...trial, batchSize: 2, unitRows: 2 })).toBeUndefined();
    // Nothing is compared where nothing is trained, and a ranking reads the rows of a query.
    expect(refusal({ ...trial, batchSize: 1, unitRows: 2, steps: 0 })).toBeUndefined();
    expect(refusal({ ...trial, objective: 'ranking', classes: 1, batchSize: 1, unitRows: 2 })).toBeUndefined();
  });

  it('is refused when training begins, where the data is seen', async () => {
    await expect(run(dataOf(), { batchSize: 1 })).rejects.toThrow(reason);
    const { losses } = await run(dataOf({ negatives: 1 }), { batchSize: 1 });
    expect(Math.min(...losses)).toBeGreaterThan(0);
  });

  it('is predicted in rows as it is refused in queries', () => {
    const asked = { ...trial, optimizer: adamw, sequence, batchSize: 1 };
    expect(() => predictMemory({ ...asked, unitRows: 2 })).toThrow(reason);
    expect(predictMemory({ ...asked, unitRows: 3 }).total).toBeGreaterThan(0);
  });
});

it.each([
  [2, 1],
  [1, 2],
])('gives a document of rows graded %i and %i the better grade', (...grades) => {
  const rows = [...grades.map((grade) => ({ text: 'abc', grade })), { text: 'def', grade: 0 }];
  const queries = [{ query: 'ab', rows }];
  const corpus = corpusOf(queries, [], options);
  const split = searchedTexts(queries, corpus, options);
  const data = { objective, corpus } as TaskData;
  const { values } = unitsInCorpus(data, split, [0]);
  expect(corpus.texts.map((text, at) => [text, values![at]])).toEqual([
    ['abc', 2],
    ['def', 0],
  ]);
});
