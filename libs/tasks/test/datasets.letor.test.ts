/** @file Queries with rows of numbers in the format of LETOR: what is read and kept, and what is said of files that cannot be read. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { zip } from '../../../test/support/zip.js';
import { importDataset, openDatasetTask } from '../src/index.js';
import { useFolder } from './support/dataset-files.js';

const files = useFolder();
const folds = {
  'train.txt': '2 qid:1 1:0.5 3:-2 # a\n0 qid:1 2:1e2 # b\n\n1 qid:2 1:3\n# nothing\n0 qid:2 1:4 3:0.25\n',
  'vali.txt': '0 qid:3 1:1 2:1\n1 qid:3 3:7\n',
  'test.txt': '0 qid:4 1:0.1 # c\n3 qid:4 2:0.1 # d\n',
};
const byFile = DatasetSplit.parse({ by: 'column', column: 'split' });
const byHash = DatasetSplit.parse({ by: 'hash', validation: 0.2, test: 0.2 });
const mapping = (said: object = {}) => DatasetMapping.parse({ objective: 'feature-ranking', ...said });

async function folder(changed: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = files.at(crypto.randomUUID());
  for (const [name, content] of Object.entries({ ...folds, ...changed })) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

/** Imports a source and opens what was kept as a task. */
async function kept(path: string, { name = 'mine', said = {}, split = byFile } = {}) {
  const out = files.at(crypto.randomUUID());
  const imported = await importDataset({ source: { path, name }, format: 'letor', mapping: mapping(said), split }, out);
  const task = await openDatasetTask('dataset:mine', 'a'.repeat(64), out);
  const data = await task.load({ sequenceLength: 64, encode: () => [] });
  return { imported, task, data, lines: (await readFile(out, 'utf8')).trimEnd().split('\n') };
}

const one = async (content: string, split = byFile) => {
  const path = files.at(crypto.randomUUID());
  await writeFile(path, content);
  return importDataset({ source: { path, name: 'rank.txt' }, format: 'letor', mapping: mapping(), split });
};

describe('a folder of files in the format of LETOR', () => {
  it('keeps its splits, and rows with as many numbers as the longest', async () => {
    const { imported, task, data } = await kept(await folder());
    expect(imported.report.examples).toEqual({ train: 2, validation: 1, test: 1 });
    expect(imported.report.queries).toMatchObject({ rows: 8, largest: 2, withoutRelevant: 0 });
    expect(imported.head).toMatchObject({ objective: 'feature-ranking', features: 3, unitRows: 2 });
    expect(task).toMatchObject({ features: 3, unitRows: 2, outputs: 1, defaults: { batchSize: 128 } });
    const { features, values, groups } = data.train.batch([1, 0]);
    expect([...features!]).toEqual([3, 0, 0, 4, 0, 0.25, 0.5, 0, -2, 0, 100, 0]);
    expect([...values!]).toEqual([1, 0, 2, 0]);
    expect([...groups!]).toEqual([2, 2]);
    expect(data.train.queries).toEqual([
      { query: '1', rows: ['a', 'b'] },
      { query: '2', rows: ['row 1 of 2', 'row 2 of 2'] },
    ]);
    const { fields } = imported.rows.find(({ fields }) => fields.query === '1')!;
    expect(JSON.parse(fields.rows!)[0]).toEqual({ text: 'a', grade: 2, features: [0.5, 0, -2] });
  });

  it('scales each number from 0 to 1 among the rows of a query, where that is asked for', async () => {
    const { data } = await kept(await folder(), { said: { normalise: 'query' } });
    // Query 2 has 3 and 4, 0 and 0, 0 and 0.25.
    expect([...data.train.batch([1]).features!]).toEqual([0, 0, 0, 1, 0, 1]);
    expect([...data.train.batch([0]).features!]).toEqual([1, 0, 0, 0, 1, 1]);
  });

  it('reads an archive as the folder in it', async () => {
    const path = files.at('mine.zip');
    await writeFile(
      path,
      zip(Object.entries(folds).map(([name, content]) => ({ name: `Fold1/${name}`, content: Buffer.from(content) }))),
    );
    const [archived, plain] = [await kept(path, { name: 'mine.zip' }), await kept(await folder())];
    expect(archived.lines).toEqual(plain.lines);
  });

  it('refuses a folder of folders', async () => {
    const path = await folder();
    const folds = files.at(crypto.randomUUID());
    for (const name of ['Fold1', 'Fold2']) await cp(path, join(folds, name), { recursive: true });
    await expect(kept(folds)).rejects.toThrow('mine: holds no file, and 2 folders; expected the files of one fold');
  });

  it('refuses a query that ends one file and begins the next', async () => {
    const path = await folder({ 'train.txt': '1 qid:3 1:2\n0 qid:3 1:1\n' });
    await expect(kept(path)).rejects.toThrow(
      'mine, vali.txt, line 1: goes on with query 3, whose rows began in train.txt, line 1, after another query',
    );
  });
});

describe('sizes of queries in a file beside, as LightGBM has them', () => {
  /** Rows without qid; the comment and the empty line are no rows. */
  const rows = '2 1:0.5 3:-2 # a\n0 2:1e2\n\n1 1:3\n# nothing\n0 1:4 3:0.25\n1 2:1\n';
  const sized = {
    'rank.train': rows,
    'rank.train.query': '2\r\n3\r\n',
    'rank.vali': '0 1:1\n1 3:7\n',
    'rank.vali.query': '2\n',
    'rank.test': '0 qid:9 1:0.1\n3 qid:9 2:0.1\n',
  };
  async function beside(changed: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
    const path = files.at(crypto.randomUUID());
    await mkdir(path);
    for (const [name, content] of Object.entries({ ...sized, ...changed }))
      if (content !== undefined) await writeFile(join(path, name), content);
    return path;
  }

  it('makes queries of as many rows, and splits of the endings', async () => {
    const { imported, data } = await kept(await beside());
    expect(imported.report.examples).toEqual({ train: 2, validation: 1, test: 1 });
    expect(data.train.queries).toEqual([
      { query: 'rank.train 1', rows: ['a', 'row 2 of rank.train 1'] },
      { query: 'rank.train 2', rows: ['row 1 of rank.train 2', 'row 2 of rank.train 2', 'row 3 of rank.train 2'] },
    ]);
    const { features, values, groups } = data.train.batch([0, 1]);
    expect([...groups!]).toEqual([2, 3]);
    expect([...values!]).toEqual([2, 0, 1, 0, 1]);
    expect([...features!]).toEqual([0.5, 0, -2, 0, 100, 0, 3, 0, 0, 4, 0, 0.25, 0, 1, 0]);
    expect(imported.rows.map(({ fields }) => fields.query)).toContain('9');
  });

  it('reads an archive as the folder in it', async () => {
    const path = files.at('sized.zip');
    const entries = Object.entries(sized).map(([name, content]) => ({ name, content: Buffer.from(content) }));
    await writeFile(path, zip(entries));
    const [archived, plain] = [await kept(path, { name: 'sized.zip' }), await kept(await beside())];
    expect(archived.lines).toEqual(plain.lines);
  });

  it.each([
    ['a size of 0', { 'rank.train.query': '2\n0\n3\n' }, 'rank.train.query, line 2: "0" is no size of a query'],
    ['a part of a row', { 'rank.train.query': '2.5\n' }, 'rank.train.query, line 1: "2.5" is no size of a query'],
    ['a size below 0', { 'rank.train.query': '-2\n' }, 'rank.train.query, line 1: "-2" is no size of a query'],
    ['a word', { 'rank.train.query': '2\n\nall\n' }, 'rank.train.query, line 3: "all" is no size of a query'],
    [
      'fewer rows than the sizes ask for',
      { 'rank.train.query': '2\n4\n' },
      'rank.train.query, line 2: asks for 4 rows, and rank.train has 3 left',
    ],
    [
      'no row for a size',
      { 'rank.train.query': '2\n3\n1\n' },
      'rank.train.query, line 3: asks for 1 rows, and rank.train has 0 left',
    ],
    [
      'more rows than the sizes ask for',
      { 'rank.train.query': '2\n2\n' },
      'rank.train, line 7: is a row beyond the 4 that rank.train.query asks for',
    ],
    [
      'sizes and qid',
      { 'rank.test.query': '2\n' },
      'rank.test, line 1: has a qid, and rank.test.query has sizes of queries; leave one of them out',
    ],
    [
      'no qid and no sizes',
      { 'rank.train.query': undefined },
      'rank.train, line 1: has no qid after its grade, and no sizes of queries are in rank.train.query beside',
    ],
    [
      'sizes of no file',
      { 'rank.train.query': undefined, 'train.query': '5\n' },
      'train.query: has sizes of queries, and the file of rows, train, is not beside it',
    ],
  ])('refuses %s with file and line', async (_, changed, message) => {
    await expect(kept(await beside(changed))).rejects.toThrow(`mine, ${message}`);
  });
});

describe('one file', () => {
  it('puts queries with equal numbers on one side of a split by hash', async () => {
    const rows = Array.from({ length: 40 }, (_, at) => {
      const kind = at % 20;
      return `1 qid:${at} 1:${kind} 2:0.5\n0 qid:${at} 1:${kind + 1}\n`;
    });
    const { report, rows: shown } = await one(rows.join(''), byHash);
    expect(report.duplicates).toMatchObject({ search: 'exact', examples: 20, acrossSplits: 0 });
    const sideOf = new Map(shown.map(({ split, fields }) => [fields.query, split]));
    expect(sideOf.size).toBe(20);
  });

  it.each([
    ['a feature 0', '1 qid:1 0:2\n', '"0:2" has no id from 1 before a colon; expected a line such as 2 qid:1'],
    ['a feature below 0', '1 qid:1 -3:2\n', '"-3:2" has no id from 1 before a colon'],
    ['a feature without an id', '1 qid:1 2\n', '"2" has no id from 1 before a colon'],
    ['ids that fall', '1 qid:1 3:2 2:1\n', 'feature 2 stands after feature 3; ids of a row increase'],
    ['an id twice', '1 qid:1 3:2 3:1\n', 'feature 3 stands after feature 3; ids of a row increase'],
    ['a number that is none', '1 qid:1 1:nan\n', 'feature 1 is "nan"; expected a finite number'],
    ['a number beyond float32', '1 qid:1 1:1e39\n', 'feature 1 is "1e39"; expected a finite number'],
    ['no number', '1 qid:1 1:\n', 'feature 1 is ""; expected a finite number'],
    ['too many features', '1 qid:1 4097:1\n', 'feature 4097 is beyond the 4096 that are read'],
    ['no feature', '1 qid:1 # a\n', 'has no feature; expected a line'],
    ['no query', '1 1:2\n', 'has no qid after its grade; expected a line'],
    ['an empty query', '1 qid: 1:2\n', 'has no qid after its grade'],
    ['a grade below 0', '-1 qid:1 1:2\n', 'begins with "-1", which is no grade: a number from 0'],
    ['a grade that is none', 'qid:1 1:2\n', 'begins with "qid:1", which is no grade'],
    [
      'a query in two places',
      '1 qid:1 1:2\n0 qid:2 1:2\n0 qid:1 1:3\n',
      'line 3: goes on with query 1, whose rows began in line 1, after another query; put rows of a query one after another',
    ],
  ])('refuses %s with file and line', async (_, content, message) => {
    await expect(one(content, byHash)).rejects.toThrow(message);
    await expect(one(content, byHash)).rejects.toThrow(/^rank\.txt, line \d: /);
  });

  it('says which columns there are where a split is asked for by one', async () => {
    await expect(one('1 qid:1 1:2\n')).rejects.toThrow(
      'there is no column "split"; the columns are: query, features, grade, text',
    );
  });
});

describe('lists of numbers in JSON lines', () => {
  const named = { query: 'q', features: 'x', grade: 'g' };
  const reading = (rows: readonly object[]) =>
    files.importing(rows.map((row) => JSON.stringify(row)).join('\n'), {
      format: 'jsonl',
      mapping: mapping(named),
      split: DatasetSplit.parse({ by: 'column', column: 's' }),
    });
  const rowsOf = (side: string) => [
    { q: side, x: [1, 2], g: 1, s: side },
    { q: side, x: [0, 2.5], g: 0, s: side },
  ];
  const all = [...rowsOf('train'), ...rowsOf('validation'), ...rowsOf('test')];

  it('reads them as rows of features', async () => {
    const { head, report } = await reading(all);
    expect(head.features).toBe(2);
    expect(report.examples).toEqual({ train: 1, validation: 1, test: 1 });
  });

  it.each([
    ['another length', { x: [1] }, 'has 1 numbers, and rows before have 2; write as many in every row'],
    ['a text among them', { x: [1, 'b'] }, 'column "x": number 2 is b; expected a finite number'],
    ['a text', { x: '1 2' }, 'column "x": is no list of numbers; expected one such as [0.5, 2]'],
    ['none', { x: [] }, 'column "x": is no list of numbers'],
  ])('refuses %s', async (_, change, message) => {
    await expect(reading([...all.slice(0, 5), { ...all[5], ...change }])).rejects.toThrow(message);
  });

  it('refuses a table of texts, naming the formats that hold lists', async () => {
    const reading = files.importing('q,x,g\na,1,1\n', { format: 'csv', mapping: mapping(named) });
    await expect(reading).rejects.toThrow('format csv cannot be read as feature-ranking');
  });
});
