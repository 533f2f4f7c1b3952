/** @file A folder with a collection, as users keep one: written file by file, and imported. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatasetMapping } from '@rankforge/contracts';
import { importDataset, type ReadOptions } from '../../src/index.js';
import { byColumn, type useFolder } from './dataset-files.js';

/** Contents by path; there is no file where it is undefined. */
export type Contents = Partial<Record<string, string>>;

export const ranking = (more: object = {}) => DatasetMapping.parse({ objective: 'ranking', ...more });

/** Rows as lines of JSON. */
export const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
/** Judgements of documents for queries, with their heading. */
export const tsv = (rows: readonly (readonly (string | number)[])[]) =>
  ['query-id\tcorpus-id\tscore', ...rows.map((row) => row.join('\t'))].map((line) => `${line}\n`).join('');

export const corpus = [
  { _id: 'd1', title: 'Whales', text: 'the white whale swims' },
  { _id: 'd2', title: '', text: 'a whale and another whale' },
  { _id: 'd3', text: 'ships sail the sea' },
  { _id: 'd4', text: 'a harpoon of steel' },
  { _id: 5, text: 'the sea at night' },
];
export const queries = [
  { _id: 'q1', text: 'white whale' },
  { _id: 'q2', text: 'steel harpoon' },
  { _id: 'q3', text: 'night at sea' },
  { _id: 'q4', text: 'nobody judged this' },
];
/** This corpus and these queries with judgements, in the files of BEIR. */
export const collection = {
  'corpus.jsonl': lines(corpus),
  'queries.jsonl': lines(queries),
  'qrels/train.tsv': tsv([
    ['q1', 'd1', 2],
    ['q1', 'd3', 0],
  ]),
  'qrels/dev.tsv': tsv([['q2', 'd4', 1]]),
  'qrels/test.tsv': tsv([['q3', 5, 1]]),
};

/** Imports a new folder of these files, for ranking unless the options say otherwise; with `out`, it is written there. */
export async function importFolder(
  files: ReturnType<typeof useFolder>,
  contents: Contents,
  options: Pick<ReadOptions, 'format'> & Partial<ReadOptions>,
  out?: string,
) {
  const path = files.at(crypto.randomUUID());
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    if (content !== undefined) await writeFile(join(path, name), content);
  }
  return importDataset({ source: { path, name: 'mine' }, mapping: ranking(), split: byColumn, ...options }, out);
}

/** Imports a new folder with the files of `collection`, some of which are changed. */
export const importCollection = (
  files: ReturnType<typeof useFolder>,
  changed: Contents = {},
  options: Partial<ReadOptions> = {},
  out?: string,
) => importFolder(files, { ...collection, ...changed }, { format: 'beir', ...options }, out);
