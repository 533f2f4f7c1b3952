/** @file The script that writes a copy of Cranfield as a folder of `trec`, on a made-up collection in the same form. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetMapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { importDataset } from '../src/index.js';
import { rowsOf } from './support/collection.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const script = fileURLToPath(new URL('../../../examples/09-ranking/cranfield.mjs', import.meta.url));
const files = useFolder();

/** Document 1 has a line .A within its words, 2 has none, and the words of 3 do not begin with its title. */
const collection = {
  'cran.all.1400':
    '.I 1\r\n.T\r\nkettles boil\r\n.A\r\na. cook\r\n.B\r\nkitchen 1\r\n.W\r\nkettles boil\r\nwater\r\n.A\r\nsings\r\n' +
    '.I 2\r\n.T\r\n.A\r\n.B\r\n.W\r\n.I 3\r\n.T\r\nspoons\r\n.A\r\n.B\r\n.W\r\nsilver  lies\r\nin drawers\r\n',
  'cran.qry':
    '.I 001\n.W\nwhere does\nsilver lie\n.I 004\n.W\nwhen does water sing\n.I 009\n.W\nwhat boils\n.I 010\n.W\nwhat lies in drawers\n',
  cranqrel: '1 3  2 \n1 1 -1\n1 2 3\n2 1 1\n2 3 -1\n3 1 4\n3 3 5\n4 3 1\n',
};

async function written(changed: Partial<Record<string, string | undefined>> = {}, ...flags: string[]) {
  const [folder, output] = [files.at(crypto.randomUUID()), files.at(crypto.randomUUID())];
  await mkdir(folder);
  for (const [name, content] of Object.entries({ ...collection, ...changed }))
    if (content !== undefined) await writeFile(join(folder, name), content);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder, output, ...flags], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr: stderr.replaceAll(folder, 'copy'), output };
}

const judgementsIn = async (output: string) => {
  const parts = await Promise.all(
    ['train', 'dev', 'test'].map((side) => readFile(join(output, 'qrels', `${side}.txt`), 'utf8')),
  );
  return parts.join('').split('\n').filter(Boolean).sort();
};

describe('a copy of Cranfield', () => {
  it('becomes a folder of trec that is read as a task', async () => {
    const { stdout, output } = await written();
    expect(await readFile(join(output, 'collection.tsv'), 'utf8')).toBe(
      '1\tkettles boil water sings\n3\tspoons silver lies in drawers\n',
    );
    expect(await judgementsIn(output)).toEqual([
      '1 0 1 4',
      '1 0 3 3',
      '2 0 1 4',
      '2 0 3 4',
      '3 0 1 1',
      '3 0 3 0',
      '4 0 3 4',
    ]);
    expect(stdout).toContain('2 documents, 7 judgements and 4 queries');
    expect(stdout).toContain('code -1 stands 2 times and is read as grade 4 (--minus-one best)');
    expect(stdout).toContain('left out as without words: document 2, with 1 of their judgements');
    const mapping = DatasetMapping.parse({ objective: 'ranking', candidates: 0 });
    const source = { path: output, name: 'cranfield' };
    const imported = await importDataset({ source, format: 'trec', mapping, split: byColumn });
    expect(rowsOf(imported)['where does silver lie']).toEqual([
      ['spoons silver lies in drawers', 3],
      ['kettles boil water sings', 4],
    ]);
  });

  it('gives code -1 grade 0 where that is asked for', async () => {
    const { output } = await written({}, '--minus-one', 'none');
    expect(await judgementsIn(output)).toEqual([
      '1 0 1 0',
      '1 0 3 3',
      '2 0 1 4',
      '2 0 3 0',
      '3 0 1 1',
      '3 0 3 0',
      '4 0 3 4',
    ]);
  });

  it.each([
    ['a missing file', { 'cran.qry': undefined }, 'copy has no cran.qry; expected cran.all.1400, cran.qry, cranqrel'],
    ['a number that is none', { 'cran.qry': '.I one\n.W\na\n' }, 'copy/cran.qry, line 1: ".I one" is no beginning'],
    ['a record twice', { 'cran.qry': '.I 1\n.W\na\n.I 1\n' }, 'copy/cran.qry, line 4: begins record 1 a second time'],
    ['words before sections', { 'cran.all.1400': '.I 1\nwords\n' }, 'copy/cran.all.1400, line 2: words stand before'],
    ['a cut copy', { 'cran.all.1400': '.I 1\n.T\nwords\n' }, 'copy/cran.all.1400 ends within a record that has no .W'],
    ['two fields', { cranqrel: '1 1 2\n\n1 3\n' }, 'copy/cranqrel, line 3: "1 3" is no judgement; expected a query'],
    ['an unknown query', { cranqrel: '5 1 2\n' }, 'copy/cranqrel, line 1: query 5 is none of the 4 in cran.qry'],
    ['an unknown document', { cranqrel: '1 4 2\n' }, 'copy/cranqrel, line 1: document 4 is not in cran.all.1400'],
    ['an unknown code', { cranqrel: '1 1 0\n' }, 'copy/cranqrel, line 1: 0 is no code; expected 1 to 5, or -1'],
    ['a pair twice', { cranqrel: '1 1 2\n1 1 3\n' }, 'copy/cranqrel, line 2: judges document 1 for query 1 a second'],
  ])('refuses %s', async (_, changed, message) => {
    const { status, stderr } = await written(changed);
    expect(stderr).toContain(`example: ${message}`);
    expect(status).toBe(2);
  });
});
