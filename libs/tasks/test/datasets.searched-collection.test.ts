/** @file Collections whose documents are all searched: what is their corpus, what a trainer reads, and how they are scored. */
import { writeFile } from 'node:fs/promises';
import { DatasetMapping } from '@rankforge/contracts';
import { findEvaluator, scoreBaseline } from '@rankforge/evaluators';
import { trainedRows } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { furtherDocuments } from '../src/datasets/candidates.js';
import { importDataset, openDatasetTask } from '../src/index.js';
import { rowsOf } from './support/collection.js';
import { type Contents, corpus, importCollection, lines, tsv } from './support/collection-folder.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();

describe('a collection that is searched', () => {
  const retrieval = (more: object = {}) => ({
    mapping: DatasetMapping.parse({ objective: 'retrieval', ...more }),
  });
  const tokens = { encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0)), sequenceLength: 64 };

  /** The data of a collection as a trainer gets it. */
  async function loaded(changed: Contents = {}, more: object = {}) {
    const out = files.at(`${crypto.randomUUID()}.jsonl`);
    const imported = await importCollection(files, changed, retrieval(more), out);
    const task = await openDatasetTask('dataset:mine', 'f'.repeat(64), out);
    return { imported, task, data: await task.load(tokens) };
  }

  it('has all documents as its corpus, and what is judged as the rows of a query', async () => {
    const blank = { _id: 'd9', text: ' ' };
    const { imported, task, data } = await loaded({ 'corpus.jsonl': lines([...corpus, blank]) });
    expect(imported.head).toEqual({ format: 'rankforge-dataset-1', objective: 'retrieval', unitRows: 3 });
    expect(rowsOf(imported)['white whale']).toEqual([
      ['Whales\nthe white whale swims', 2],
      ['ships sail the sea', 0],
    ]);
    expect(task).toMatchObject({ unitRows: 3, defaults: { batchSize: 8 }, primaryMetric: { name: 'ndcg@10' } });
    expect(task.outputs).toBeUndefined();
    // Rows come first; the document without words is searched by nobody.
    expect(data.corpus!.texts).toEqual([
      'Whales\nthe white whale swims',
      'ships sail the sea',
      'a harpoon of steel',
      'the sea at night',
      'a whale and another whale',
    ]);
    expect(data.test.searches!.relevant(0)).toEqual([{ document: 3, grade: 1 }]);
  });

  it('has documents that BM25 finds and nobody judged as negatives, and loses none', async () => {
    const { imported } = await loaded({}, { candidates: 1 });
    expect(rowsOf(imported)).toEqual({
      'white whale': [
        ['Whales\nthe white whale swims', 2],
        ['ships sail the sea', 0],
      ],
      'steel harpoon': [['a harpoon of steel', 1]],
      'night at sea': [['the sea at night', 1]],
    });
    const two = (await loaded({}, { candidates: 2 })).imported;
    expect(rowsOf(two)['white whale']!.at(-1)).toEqual(['a whale and another whale', 0]);
  });

  it('keeps judged rows first, as they were given, so that training reads a judged negative before those that BM25 adds', async () => {
    const many = Array.from({ length: 9 }, (_, at) => ({ _id: `m${at}`, text: `whale ${at}` }));
    const { imported } = await loaded(
      {
        'corpus.jsonl': lines([...corpus, ...many]),
        'qrels/train.tsv': tsv([
          ['q1', 'd2', 2],
          ['q1', 'd1', 2],
          ['q1', 'd3', 0],
        ]),
      },
      { candidates: 9 },
    );
    const rows = rowsOf(imported)['white whale']!;
    expect(rows.slice(0, 3)).toEqual([
      ['a whale and another whale', 2],
      ['Whales\nthe white whale swims', 2],
      ['ships sail the sea', 0],
    ]);
    const trained = trainedRows({ rows: rows.map(([text, grade]) => ({ text, grade })) });
    expect(trained.slice(0, 2)).toEqual([
      { text: 'a whale and another whale', grade: 2 },
      { text: 'ships sail the sea', grade: 0 },
    ]);
    expect(trained).toHaveLength(8);
  });

  it('takes its scores from BM25 over the whole corpus', async () => {
    const { data } = await loaded();
    const score = (name: string) =>
      scoreBaseline({ evaluator: findEvaluator(name), config: {}, data, split: 'test', seed: 3 });
    expect(score('bm25').metrics).toMatchObject({ 'ndcg@10': 1, 'recall@100': 1 });
    expect(score('random').metrics['recall@100']).toBe(1);
  });

  it('keeps a query of which nothing is relevant, which scores 0, and refuses a training split of such', async () => {
    const { imported, data } = await loaded({ 'qrels/test.tsv': tsv([['q3', 'd1', 0]]) });
    expect(imported.report.queries!.withoutRelevant).toBe(1);
    expect(data.test.searches!.relevant(0)).toEqual([]);
    await expect(loaded({ 'qrels/train.tsv': tsv([['q1', 'd1', 0]]) })).rejects.toThrow(
      'mine: no query of the train split has a relevant document, so there is none to learn to find',
    );
  });

  it('refuses more documents than are searched', () => {
    const documents = Array.from({ length: 1_000_001 }, (_, at) => `t${at}`);
    expect(() => furtherDocuments([], documents, { path: '', name: 'mine' })).toThrow(
      'mine: holds 1000001 different documents; at most 1000000 are searched, since every score encodes all of them',
    );
  });

  it('comes as a table, too, whose texts are searched', async () => {
    const path = files.at('searched.jsonl');
    const out = files.at('searched-out.jsonl');
    await writeFile(
      path,
      lines([
        { ask: 'white whale', body: 'the white whale', use: 1, split: 'train' },
        { ask: 'whale oil', body: 'oil of a whale', use: 1, split: 'validation' },
        { ask: 'ship', body: 'a ship sails', use: 1, split: 'test' },
      ]),
    );
    const { mapping } = retrieval({ query: 'ask', text: 'body', grade: 'use' });
    await importDataset({ source: { path, name: 'searched.jsonl' }, format: 'jsonl', mapping, split: byColumn }, out);
    const { corpus } = await (await openDatasetTask('dataset:mine', 'f'.repeat(64), out)).load(tokens);
    expect(corpus!.texts).toEqual(['the white whale', 'oil of a whale', 'a ship sails']);
  });
});
