import { expect, it } from 'vitest';
import { fileEndings, formatOfFile } from '../src/index.js';

it.each([
  ['a.csv', 'csv'],
  ['a.b.TSV', 'tsv'],
  ['a.jsonl', 'jsonl'],
  ['folder/a.NDJSON', 'jsonl'],
  ['a.parquet', 'parquet'],
  ['a.letor', 'letor'],
  ['nq.json', 'rankify'],
  ['a.zip', 'images'],
  ['a.tar', 'images'],
  ['a.tar.gz', 'images'],
  ['a.tgz', 'images'],
])('takes the format of %s from its ending', (name, format) => {
  expect(formatOfFile(name)).toBe(format);
});

it.each(['a.txt', 'a.csv.gz', 'cards.sites', 'folder.trec', 'csv', 'json', ''])('takes no format from %j', (name) => {
  expect(formatOfFile(name)).toBeUndefined();
});

it('lists the endings that say a format', () => {
  const endings = [
    '.csv',
    '.tsv',
    '.jsonl',
    '.ndjson',
    '.parquet',
    '.letor',
    '.json',
    '.zip',
    '.tar',
    '.tar.gz',
    '.tgz',
  ];
  expect(fileEndings).toEqual(endings);
});
