/** @file Collections in the files of TREC: what is read, which candidates a run gives, and what is said of files that cannot be read. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from './support/collection.js';
import { type Contents, importFolder, ranking } from './support/collection-folder.js';
import { useFolder } from './support/dataset-files.js';

const files = useFolder();
const collection = {
  'collection.tsv':
    'd1\tthe white whale swims\nd2\ta whale and another whale\nd3\tships sail the sea\nd4\ta harpoon of steel\n',
  'queries.tsv': 'q1\twhite whale\nq2\tsteel harpoon\nq3\tnight at sea\nq4\tnobody judged this\n',
  'qrels/train.txt': 'q1 0 d1 2\nq1 0 d3 -1\n',
  'qrels/dev.txt': 'q2\t0\td4\t1\n',
  'qrels/test.txt': 'q3 0 d3 1\n',
};
/** By ranks d4 would stand before d2; scores and ids say otherwise. */
const run = [
  'q1 Q0 d4 1 0.5 mine',
  'q1 Q0 d2 2 0.5 mine',
  'q1 Q0 d1 3 7.25 mine',
  'q1 Q0 d3 4 -2 mine',
  'q2 Q0 d2 1 3 mine',
].join('\n');

const importing = (changed: Contents = {}, candidates = 2) =>
  importFolder(files, { ...collection, ...changed }, { format: 'trec', mapping: ranking({ candidates }) });

describe('a collection in the files of TREC', () => {
  it('has candidates by BM25 where it has no run, and grades below 0 count as 0', async () => {
    const imported = await importing();
    expect(imported.report.examples).toEqual({ train: 1, validation: 1, test: 1 });
    expect(rowsOf(imported)['white whale']).toEqual([
      ['the white whale swims', 2],
      ['a whale and another whale', 0],
      ['ships sail the sea', 0, 'lost'],
    ]);
  });

  it('has those of its run, by score and then by id from the last, as trec_eval orders them', async () => {
    const rows = rowsOf(await importing({ 'runs/mine.run': run }));
    expect(rows).toEqual({
      'white whale': [
        ['the white whale swims', 2],
        ['a harpoon of steel', 0],
        ['ships sail the sea', 0, 'lost'],
      ],
      'steel harpoon': [
        ['a whale and another whale', 0],
        ['a harpoon of steel', 1, 'lost'],
      ],
      // The run does not name it.
      'night at sea': [['ships sail the sea', 1, 'lost']],
    });
    const deeper = rowsOf(await importing({ 'runs/a.txt': `${run}\n`, 'runs/b.txt': 'q3 Q0 d3 1 1 other\n' }, 4));
    expect(deeper['white whale']!.map(([text]) => text)).toEqual([
      'the white whale swims',
      'a harpoon of steel',
      'a whale and another whale',
      'ships sail the sea',
    ]);
    expect(deeper['night at sea']).toEqual([['ships sail the sea', 1]]);
  });

  it.each<[string, Contents, RegExp]>([
    [
      'a text without an id',
      { 'queries.tsv': 'white whale\n' },
      /^mine, queries\.tsv, line 1: has no tab; expected an id, a tab/,
    ],
    ['an id twice', { 'collection.tsv': 'd1\ta\nd1\tb\n' }, /the id "d1" is there twice: first in line 1/],
    [
      'a query that is not there',
      { 'qrels/train.txt': 'q9 0 d1 1\n' },
      /qrels\/train\.txt, line 1: names the query "q9", which is not in queries\.tsv/,
    ],
    [
      'a judgement of three fields',
      { 'qrels/train.txt': 'q1 d1 1\n' },
      /line 1: has 3 fields; expected query, iteration, document, grade/,
    ],
    [
      'a run of another collection',
      { 'runs/mine.run': 'q1 Q0 d9 1 1 mine\n' },
      /runs\/mine\.run, line 1: names the document "d9", which is not in collection\.tsv/,
    ],
    [
      'a run with a document twice',
      { 'runs/mine.run': 'q1 Q0 d1 1 2 a\nq1 Q0 d1 2 1 a\n' },
      /line 2: finds document "d1" for query "q1" twice/,
    ],
    ['a score that is none', { 'runs/mine.run': 'q1 Q0 d1 1 high mine\n' }, /line 1: the score "high" is not a number/],
  ])('refuses %s, with its line', async (_, changed, message) => {
    await expect(importing(changed)).rejects.toThrow(message);
  });

  it('refuses a folder without judgements or documents, and says what was expected', async () => {
    const bare = { 'qrels/train.txt': undefined, 'qrels/dev.txt': undefined, 'qrels/test.txt': undefined };
    await expect(importing(bare)).rejects.toThrow(
      /holds no judgements; expected collection\.tsv, queries\.tsv, qrels\/\*/,
    );
    await expect(importing({ 'collection.tsv': undefined })).rejects.toThrow(/holds no collection\.tsv; expected/);
  });
});
