/** @file Collections with judgements: what is read, what BM25 adds, and what is said of those that cannot be read. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { DatasetMapping } from '@rankforge/contracts';
import { Bm25 } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { zip } from '../../../test/support/zip.js';
import { queriesOf } from '../src/datasets/queries.js';
import { importDataset, inspectDataset, writeDataset } from '../src/index.js';
import { rowsOf } from './support/collection.js';
import {
  type Contents,
  collection,
  corpus,
  importCollection,
  lines,
  queries,
  ranking,
  tsv,
} from './support/collection-folder.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();
const importing = (changed?: Contents, options?: Parameters<typeof importCollection>[2]) =>
  importCollection(files, changed, options);

describe('a collection', () => {
  it('has a unit for each judged query: what was judged, whether BM25 finds it, and what else it finds', async () => {
    const imported = await importing();
    expect(imported.report.examples).toEqual({ train: 1, validation: 1, test: 1 });
    // Candidates share a word with the query; stop words are none.
    expect(rowsOf(imported)).toEqual({
      'white whale': [
        ['Whales\nthe white whale swims', 2],
        ['a whale and another whale', 0],
        ['ships sail the sea', 0, 'lost'],
      ],
      'steel harpoon': [['a harpoon of steel', 1]],
      'night at sea': [
        ['the sea at night', 1],
        ['ships sail the sea', 0],
      ],
    });
    expect(imported.report.queries).toEqual({
      rows: 6,
      largest: 3,
      withoutRelevant: 0,
      lostRelevant: 0,
      withoutRows: 1,
    });
    expect(imported.head).toEqual({ format: 'rankforge-dataset-1', objective: 'ranking', unitRows: 3 });
  });

  it('reads an archive, and shows a table of judgements', async () => {
    const path = files.at('collection.zip');
    const entries = Object.entries(collection).map(([name, content]) => ({
      name: `mine/${name}`,
      content: Buffer.from(content),
    }));
    await writeFile(path, zip(entries));
    const [archived, plain] = [await importing({}, { source: { path, name: 'mine.zip' } }), await importing()];
    expect(archived).toEqual(plain);
    const { columns, rows } = await inspectDataset({ path, name: 'mine.zip' }, 'beir');
    expect(columns).toEqual(['query', 'text', 'grade', 'split', 'query-id', 'corpus-id']);
    expect(rows[0]).toEqual({
      query: 'steel harpoon',
      text: 'a harpoon of steel',
      grade: '1',
      split: 'validation',
      'query-id': 'q2',
      'corpus-id': 'd4',
    });
    await rm(path);
  });

  it('ranks judged documents alone where no candidates are asked for', async () => {
    const imported = await importing({}, { mapping: ranking({ candidates: 0 }) });
    expect(rowsOf(imported)['white whale']).toEqual([
      ['Whales\nthe white whale swims', 2],
      ['ships sail the sea', 0],
    ]);
  });

  it('keeps a query of which nothing is relevant, and counts it', async () => {
    const imported = await importing({ 'qrels/test.tsv': tsv([['q3', 'd1', 0]]) });
    expect(rowsOf(imported)['night at sea']).toEqual([
      ['the sea at night', 0],
      ['ships sail the sea', 0],
      ['Whales\nthe white whale swims', 0, 'lost'],
    ]);
    expect(imported.report.queries!.withoutRelevant).toBe(1);
  });

  it('takes candidates from texts of other queries where it comes as a table', async () => {
    const table = lines([
      { ask: 'white whale', body: 'the white whale', use: 1, split: 'train' },
      { ask: 'white whale', body: 'the ship', use: 0, split: 'train' },
      { ask: 'whale oil', body: 'oil of a whale', use: 1, split: 'validation' },
      { ask: 'ship', body: 'a ship sails', use: 1, split: 'test' },
    ]);
    const path = files.at('graded.jsonl');
    await writeFile(path, table);
    const mapping = ranking({ query: 'ask', text: 'body', grade: 'use', candidates: 2 });
    const source = { path, name: 'graded.jsonl' };
    const imported = await importDataset({ source, format: 'jsonl', mapping, split: byColumn });
    expect(rowsOf(imported)).toEqual({
      'white whale': [
        ['the white whale', 1],
        ['oil of a whale', 0],
        ['the ship', 0, 'lost'],
      ],
      'whale oil': [
        ['oil of a whale', 1],
        ['the white whale', 0],
      ],
      // Of two texts with the word BM25 finds the shorter one first, whatever their grades.
      ship: [
        ['the ship', 0],
        ['a ship sails', 1],
      ],
    });
  });

  it('re-ranks just the documents that BM25 ranks highest, judged or not, and counts what these leave out', async () => {
    const texts = Array.from({ length: 40 }, (_, at) => `whale ${'sea '.repeat(at % 7)}${at}`);
    const many = lines(texts.map((text, at) => ({ _id: `n${at}`, text })));
    const judged = [0, 1, 2, 3, 4, 5, 6];
    const imported = await importing(
      {
        'corpus.jsonl': `${collection['corpus.jsonl']}${many}`,
        'qrels/train.tsv': tsv(judged.map((at) => ['q1', `n${at}`, 1])),
      },
      { mapping: ranking({ candidates: 5 }) },
    );
    const everything = [...corpus.map(({ title, text }) => (title ? `${title}\n${text}` : text)), ...texts];
    const best = new Bm25(everything).best('white whale', 5).map((at) => everything[at]!);
    const rows = rowsOf(imported)['white whale']!;
    const left = judged.map((at) => texts[at]!).filter((text) => !best.includes(text));
    expect(rows.map(([text]) => text)).toEqual([...best, ...left]);
    expect(rows.map(([, , lost]) => lost === 'lost')).toEqual([...best.map(() => false), ...left.map(() => true)]);
    expect(left).not.toEqual([]);
    expect(imported.report.queries!.lostRelevant).toBe(left.length);
  });
});

describe('a collection that cannot be read', () => {
  it.each<[string, Contents, string]>([
    [
      'has no corpus',
      { 'corpus.jsonl': undefined },
      'mine: holds no corpus.jsonl; expected corpus.jsonl, queries.jsonl and qrels/*.tsv',
    ],
    [
      'has no judgements',
      { 'qrels/train.tsv': undefined, 'qrels/dev.tsv': undefined, 'qrels/test.tsv': undefined },
      'mine: holds no judgements; expected qrels/*.tsv beside corpus.jsonl and queries.jsonl',
    ],
    [
      'has two documents of one id',
      { 'corpus.jsonl': lines([...corpus, { _id: 'd2', text: 'again' }]) },
      'mine, corpus.jsonl, line 6: the id "d2" is there twice: first in line 2',
    ],
    [
      'has two queries of one id',
      { 'queries.jsonl': lines([...queries, { _id: 'q1', text: 'again' }]) },
      'mine, queries.jsonl, line 5: the id "q1" is there twice: first in line 1',
    ],
    [
      'has a document without an id',
      { 'corpus.jsonl': lines([{ text: 'no id' }]) },
      'mine, corpus.jsonl, line 1: has no "_id"; expected {"_id": "…", "text": "…"}',
    ],
    [
      'has a query without a text',
      { 'queries.jsonl': lines([{ _id: 'q1' }]) },
      'mine, queries.jsonl, line 1: "q1" has no "text"; expected {"_id": "…", "text": "…"}',
    ],
    [
      'judges a document that is not there',
      { 'qrels/test.tsv': tsv([['q3', 'd77', 1]]) },
      'mine, qrels/test.tsv, line 2: names the document "d77", which is not in corpus.jsonl',
    ],
    [
      'judges for a query that is not there',
      { 'qrels/test.tsv': tsv([['q77', 'd1', 1]]) },
      'mine, qrels/test.tsv, line 2: names the query "q77", which is not in queries.jsonl',
    ],
    [
      'judges twice',
      {
        'qrels/test.tsv': tsv([
          ['q3', 'd1', 1],
          ['q3', 'd1', 0],
        ]),
      },
      'mine, qrels/test.tsv, line 3: judges document "d1" for query "q3" twice: first in qrels/test.tsv, line 2',
    ],
    [
      'has a grade below zero',
      { 'qrels/test.tsv': tsv([['q3', 'd1', -1]]) },
      'mine, qrels/test.tsv, line 2, column "grade": "-1" is below 0, the grade of a row that is not relevant',
    ],
    [
      'has a grade that is no number',
      { 'qrels/test.tsv': tsv([['q3', 'd1', 'high']]) },
      'mine, qrels/test.tsv, line 2, column "grade": "high" is no number; for classes choose the objective classification',
    ],
    [
      'has judgements of four fields',
      { 'qrels/test.tsv': 'q3 0 d1 1\n'.replaceAll(' ', '\t') },
      'mine, qrels/test.tsv, line 1: has 4 fields; expected query-id, corpus-id and score, separated by tabs',
    ],
    [
      'has a query in two splits',
      {
        'qrels/test.tsv': tsv([
          ['q3', 5, 1],
          ['q1', 'd2', 1],
        ]),
      },
      'mine, qrels/train.tsv, line 2: rows of "white whale" are in test (qrels/test.tsv, line 3) and in train; a query is in one split',
    ],
    [
      'has a judged document without words',
      { 'corpus.jsonl': lines([{ _id: 'd1', text: ' ' }, ...corpus.slice(1)]) },
      'mine, qrels/train.tsv, line 2, column "text": is empty',
    ],
  ])('says that it %s', async (_, changed, message) => {
    await expect(importing(changed)).rejects.toThrow(message);
  });

  it('says that it is read for no other objective, and that it is no folder', async () => {
    const classes = DatasetMapping.parse({ objective: 'classification', text: 'text', label: 'grade' });
    await expect(importing({}, { mapping: classes })).rejects.toThrow(
      'mine: format beir cannot be read as classification',
    );
    const path = files.at('plain.txt');
    await writeFile(path, 'text');
    await expect(importing({}, { source: { path, name: 'plain.txt' } })).rejects.toThrow(
      'plain.txt: neither a .zip, a .tar nor a .tar.gz',
    );
  });
});

it('counts the rows of half a million queries', () => {
  const one = { where: 'line 1', fields: { query: 'q', rows: [{ text: 'whale', grade: 1 }] } };
  const report = queriesOf(new Array<typeof one>(500_000).fill(one), 0);
  expect(report).toMatchObject({ rows: 500_000, largest: 1, withoutRelevant: 0 });
});

describe('a query whose rows are more than can be read', () => {
  const head = { format: 'rankforge-dataset-1', objective: 'ranking' } as const;
  it.each([
    // Refused before a text of all is made.
    ['as they are', 'x'.repeat(2 ** 20), 600, 600],
    ['in quotes of JSON alone', '"'.repeat(2 ** 20), 33, 67],
  ])('names it and its size, and leaves no file: %s', async (_, text, count, size) => {
    const rows = Array.from({ length: count }, () => ({ text, grade: 0 }));
    const [out, source] = [files.at(crypto.randomUUID()), { path: '', name: 'mine' }];
    const examples = [{ where: 'line 1', fields: { query: 'white whale', rows } }];
    await expect(writeDataset(out, head, { source, examples, sides: ['train'] })).rejects.toThrow(
      `mine, line 1: the ${count} rows of query "white whale" are ${size} MiB as they are kept, and at most 64 MiB can be read; leave out rows of it, or shorten their texts`,
    );
    expect(existsSync(out)).toBe(false);
  });
});
