/** @file Methods that train nothing: BM25 against PyPI bm25s, and what all baselines have in common. */
import { readFileSync } from 'node:fs';
import {
  Bm25,
  type Bm25Options,
  bySpaces,
  createRandom,
  gradedTexts,
  methodNames,
  type TaskData,
} from '@rankforge/peft';
import { wordsOf } from '@rankforge/peft/extension';
import { describe, expect, it } from 'vitest';
import { baselines } from '../src/baselines/registry.js';
import { partOf } from '../src/evaluator.js';
import { findContender, findEvaluator } from '../src/registry.js';
import { scoreBaseline } from '../src/scoring/baseline.js';

interface Vector {
  documents: string[];
  queries: string[];
  cases: { config: Bm25Options; words: string[][]; scores: number[][] }[];
}

const { documents, queries, cases } = JSON.parse(
  readFileSync(new URL('vectors/baselines/bm25.json', import.meta.url), 'utf8'),
) as Vector;
const every = documents.map((_, document) => document);

describe.each(cases)('BM25 with $config', ({ config, words, scores }) => {
  it('has the words and the scores of bm25s', () => {
    expect(documents.map((text) => wordsOf(text, config.stopWords))).toEqual(words);
    const index = new Bm25(documents, config);
    queries.forEach((query, at) => {
      const own = index.scores(query, every);
      for (const document of every) expect(own[document]).toBeCloseTo(scores[at]![document]!, 8);
    });
  });

  it('finds the best by these scores, and none that shares no word', () => {
    const index = new Bm25(documents, config);
    queries.forEach((query, at) => {
      const own = scores[at]!;
      const matching = every.filter((document) => own[document]! > 0).sort((a, b) => own[b]! - own[a]! || a - b);
      expect(index.best(query, documents.length)).toEqual(matching);
      expect(index.best(query, 1)).toEqual(matching.slice(0, 1));
      expect(index.best(query, 2, new Set(matching.slice(0, 1)))).toEqual(matching.slice(1, 3));
    });
  });
});

describe.each(['rm3', 'rrf', 'not-filter'])('%s', (name) => {
  const { documents, queries, cases } = JSON.parse(
    readFileSync(new URL(`vectors/baselines/${name}.json`, import.meta.url), 'utf8'),
  ) as Omit<Vector, 'cases'> & { cases: { config: object; scores: number[][] }[] };

  it.each(cases)('has the scores of the reference with $config', ({ config, scores }) => {
    const method = findEvaluator(name);
    const asked = queries.map((query) => ({ query, rows: documents }));
    const random = createRandom(0);
    const settings = { training: () => [], segmenter: bySpaces, config: method.config.parse(config), random };
    const input = { queries: asked, collection: documents, ...settings };
    const own = Array.from(partOf(method, 'ranker')!.scores(input), (row) => Array.from(row));
    expect(own).toHaveLength(queries.length);
    own.forEach((row, query) => {
      for (const [document, score] of row.entries()) expect(score).toBeCloseTo(scores[query]![document]!, 8);
    });
    expect(scores.flat().filter((score) => score > 0).length).toBeGreaterThan(documents.length);
  });
});

it('orders rows by rm3 as by bm25 where the words of the query alone count', () => {
  const { documents, queries } = JSON.parse(
    readFileSync(new URL('vectors/baselines/rm3.json', import.meta.url), 'utf8'),
  ) as Vector;
  const asked = queries.map((query) => ({ query, rows: documents }));
  const orders = ['bm25', 'rm3'].map((name) => {
    const method = findEvaluator(name);
    const config = method.config.parse(name === 'rm3' ? { originalWeight: 1 } : {});
    const given = { queries: asked, collection: documents, training: () => [], segmenter: bySpaces };
    const scores = partOf(method, 'ranker')!.scores({ ...given, config, random: createRandom(0) });
    // A query whose words add up to 1 has the same order.
    return Array.from(scores, (row) =>
      Array.from(row, (score) => (score / Math.max(1e-9, ...Array.from(row))).toFixed(9)),
    );
  });
  expect(orders[1]).toEqual(orders[0]);
});

const options = { encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0)), sequenceLength: 8 };
const split = (...asked: [query: string, ...rows: [text: string, grade: number][]][]) =>
  gradedTexts(
    asked.map(([query, ...rows]) => ({ query, rows: rows.map(([text, grade]) => ({ text, grade })) })),
    options,
  );
const data: TaskData = {
  objective: 'ranking',
  train: split(['harpoon', ['a harpoon of steel', 1], ['the sea at night', 0]]),
  validation: split(['white whale', ['the white whale', 1], ['whale after whale', 0], ['a ship', 0]]),
  test: split(
    ['night at sea', ['a ship', 0], ['the sea at night', 2], ['sea and land', 1]],
    ['steel', ['a ship', 0], ['the white whale', 1], ['a harpoon of steel', 0]],
  ),
};
const score = (name: string, seed = 0, of = data) =>
  scoreBaseline({ evaluator: findEvaluator(name), config: {}, data: of, split: 'test', seed });

describe('a baseline', () => {
  it.each(baselines)('$name has a name of its own, which no method has', (baseline) => {
    expect(methodNames).not.toContain(baseline.name);
    expect(findContender(baseline.name)).toBe(baseline);
  });

  it.each(baselines)('$name scores each query by the metrics of the objective, alike for one seed', ({ name }) => {
    const { metrics, examples } = score(name, 4);
    expect(Object.keys(examples)).toEqual(['ndcg@10', 'rr@10', 'ap', 'recall@10']);
    for (const values of Object.values(examples)) expect(values).toHaveLength(2);
    expect(metrics['recall@10']).toBe(1);
    expect(score(name, 4).examples).toEqual(examples);
  });

  it('orders by the words of a query, over the texts of all splits', () => {
    const { examples, places } = score('bm25');
    // "steel" is in the row of the second query that nobody asks for: the relevant one ties with the ship, below it.
    expect(Array.from(examples['ndcg@10']!)).toEqual([1, 1 / Math.log2(4)]);
    expect(Array.from(examples['rr@10']!)).toEqual([1, 1 / 3]);
    expect(places!.first.map(({ rows }) => rows[0])).toEqual([{ place: 1 }, { place: 3 }]);
  });

  it('orders by how many queries of the training split a text is relevant to', () => {
    // "a harpoon of steel" alone: the rows of the first query tie, and of equal scores the lower grade stands first.
    const { examples } = score('popularity');
    expect(Array.from(examples['rr@10']!)).toEqual([1 / 2, 1 / 3]);
  });

  it('draws another random order for another seed', () => {
    const orders = Array.from({ length: 20 }, (_, seed) => Array.from(score('random', seed).examples['rr@10']!).join());
    expect(new Set(orders).size).toBeGreaterThan(4);
  });

  it('refuses a method that is trained, and data without queries', () => {
    expect(() => score('lora')).toThrow("Unknown evaluator 'lora'");
    const { queries: _, ...bare } = data.test;
    expect(() => score('bm25', 0, { ...data, test: bare })).toThrow(
      'bm25 orders the rows of queries, and the data of ranking has none',
    );
    expect(() =>
      scoreBaseline({ evaluator: findEvaluator('bm25'), config: { b: 2 }, data, split: 'test', seed: 0 }),
    ).toThrow('b');
  });
});
