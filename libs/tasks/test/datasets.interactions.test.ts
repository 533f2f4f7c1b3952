/** @file Rows of users and items: which of them count, on which side of the split they are, and what is said of those that cannot be read. */
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { openDatasetTask, type StoredExample } from '../src/index.js';
import { useFolder } from './support/dataset-files.js';

const files = useFolder();
const byTime = DatasetSplit.parse({ by: 'time', validation: 0.2, test: 0.2 });
const mapping = (more: object = {}) =>
  DatasetMapping.parse({ objective: 'recommendation', user: 'user', item: 'item', time: 'time', ...more });

type Cells = readonly [user: string, item: string, rating: number | string, time: number | string];
const csv = (rows: readonly (Cells | readonly [...Cells, split: string])[]) =>
  ['user,item,rating,time', ...rows.map((row) => row.join(','))].join('\n');

/** Two users, who take ten items one after the other. */
const rows: Cells[] = Array.from({ length: 20 }, (_, at) => [
  `u${at % 2}`,
  `i${Math.floor(at / 2)}`,
  (at % 5) + 1,
  100 + at,
]);
const importing = (content: string, options: Parameters<typeof files.importing>[1] = {}) =>
  files.importing(content, { mapping: mapping(), split: byTime, ...options });

const stored = ({ lines }: Awaited<ReturnType<typeof importing>>): StoredExample[] =>
  lines.slice(1).map((line) => JSON.parse(line) as StoredExample);

describe('a split by time', () => {
  it('tests on what came last, trains on what came first, and lets no row into training that came later', async () => {
    const imported = await importing(csv([...rows].reverse()));
    expect(imported.report.examples).toEqual({ train: 12, validation: 4, test: 4 });
    const times = (side: string) => stored(imported).flatMap(({ split, time }) => (split === side ? [time!] : []));
    expect(Math.max(...times('train'))).toBeLessThan(Math.min(...times('validation')));
    expect(Math.max(...times('validation'))).toBeLessThan(Math.min(...times('test')));
    expect(imported.report.interactions).toEqual({
      users: 2,
      items: 10,
      untrainedItems: 4,
      repeated: 0,
      belowRating: 0,
      withoutTraining: 0,
    });
  });

  it('has the rows that its shares are, however these are rounded as numbers', async () => {
    const hundred = Array.from({ length: 100 }, (_, at): Cells => [`u${at % 2}`, `i${at >> 1}`, 1, at]);
    const split = DatasetSplit.parse({ by: 'time', validation: 0.1, test: 0.34 });
    // 100 · (1 − 0.34) is 65.99999999999999 in float64.
    const { report } = await importing(csv(hundred), { split });
    expect(report.examples).toEqual({ train: 56, validation: 10, test: 34 });
  });

  it('keeps rows of one time on one side', async () => {
    const imported = await importing(
      csv(rows.map(([user, item, rating], at) => [user, item, rating, Math.floor(at / 4)])),
    );
    const sides = new Map<number, Set<string>>();
    for (const { time, split } of stored(imported)) sides.set(time!, (sides.get(time!) ?? new Set()).add(split));
    expect([...sides.values()].map((own) => [...own])).toEqual([
      ['train'],
      ['train'],
      ['train'],
      ['validation'],
      ['test'],
    ]);
  });

  it('reads dates', async () => {
    const dated = rows.map(([user, item, rating], at): Cells => [user, item, rating, `2024-05-${10 + at}T12:00:00Z`]);
    const imported = await importing(csv(dated));
    expect(stored(imported)[0]!.time).toBe(Date.UTC(2024, 4, 10, 12));
    expect(imported.report.examples.test).toBe(4);
  });

  it.each(['+02', '+0200', '+02:00'])(
    'reads dates with an offset as PostgreSQL and others write it: %s',
    async (offset) => {
      const dated = rows.map(
        ([user, item, rating], at): Cells => [user, item, rating, `2024-05-${10 + at} 12:00:00${offset}`],
      );
      expect(stored(await importing(csv(dated)))[0]!.time).toBe(Date.UTC(2024, 4, 10, 10));
    },
  );

  it.each([
    ['UTC', 0],
    ['America/New_York', 240],
  ])('reads dates without a zone as of UTC where the machine is in %s', async (here, minutesBehind) => {
    const before = process.env.TZ;
    process.env.TZ = here;
    try {
      // In a thread of Node.js the zone would stay that of the process, and this test would hold for it alone.
      expect(new Date(2024, 5, 10).getTimezoneOffset()).toBe(minutesBehind);
      // An hour that clocks in New York leave out.
      const dated = rows.map(([user, item, rating], at): Cells => [user, item, rating, `2024-03-10 02:${10 + at}`]);
      const times = stored(await importing(csv(dated))).map(({ time }) => time);
      expect(times).toEqual(rows.map((_, at) => Date.UTC(2024, 2, 10, 2, 10 + at)));
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

it('takes the earliest of rows that repeat, and leaves out low ratings and users whom training does not have', async () => {
  const more: Cells[] = [
    ['u0', 'i0', 5, 50],
    ['late', 'i1', 5, 200],
  ];
  const imported = await importing(csv([...rows, ...more]), { mapping: mapping({ rating: 'rating', leastRating: 2 }) });
  expect(imported.report.interactions).toMatchObject({ users: 2, repeated: 0, belowRating: 4, withoutTraining: 1 });
  const all = await importing(csv([...rows, ...more]));
  expect(all.report.interactions).toMatchObject({ repeated: 1, belowRating: 0 });
  expect(stored(all).find(({ user, item }) => user === 'u0' && item === 'i0')!.time).toBe(50);
});

it('becomes a task whose users and items each have a vector', async () => {
  const imported = await importing(csv(rows));
  const path = files.at('task.jsonl');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(path, `${imported.lines.join('\n')}\n`);
  const task = await openDatasetTask('dataset:mine', 'digest', path);
  expect([task.objective, task.fields, task.unitRows, task.primaryMetric.name]).toEqual([
    'recommendation',
    [12],
    3,
    'recall@20',
  ]);
  const data = await task.load({ encode: () => [], sequenceLength: 1 });
  expect([data.train.size, data.validation.size, data.test.size, data.corpus!.size]).toEqual([12, 2, 2, 10]);
  expect(data.test.searches!.relevant(0)).toEqual([
    { document: 8, grade: 1 },
    { document: 9, grade: 1 },
  ]);
  expect(data.test.searches!.barred!(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('splits rows without times by a hash, whatever their order', async () => {
  const { time: _, ...untimed } = mapping();
  const split = DatasetSplit.parse({ by: 'hash', validation: 0.3, test: 0.3 });
  const [one, other] = await Promise.all(
    [rows, [...rows].reverse()].map((own) => importing(csv(own), { mapping: untimed, split })),
  );
  const sides = (of: typeof one) =>
    Object.fromEntries(stored(of!).map(({ user, item, split }) => [`${user} ${item}`, split]));
  expect(sides(one)).toEqual(sides(other));
});

it('reads a table of tabs whose first row is of numbers, as MovieLens has it', async () => {
  const text = rows
    .map(([user, item, rating, time]) => [user.slice(1), item.slice(1), rating, time].join('\t'))
    .join('\n');
  const numbered = DatasetMapping.parse({ objective: 'recommendation', user: '1', item: '2', rating: '3', time: '4' });
  const imported = await importing(`${text}\n`, { format: 'tsv', mapping: numbered });
  expect(imported.report.examples).toEqual({ train: 12, validation: 4, test: 4 });
  expect(imported.rows[0]!.fields).toEqual({ user: '0', item: '0', rating: '1', time: '100' });
  const cells = rows.map(([user, item, , time]) => [user, item, time].join('\t'));
  const named = await importing(['user\titem\ttime', ...cells].join('\r\n'), { format: 'tsv' });
  expect(named.report.examples.train).toBe(12);
});

describe('what cannot be read', () => {
  const bySplit = DatasetSplit.parse({ by: 'column', column: 'split' });
  const sided = (own: readonly [...Cells, string][]) => csv(own).replace('time', 'time,split');
  it.each([
    [
      'a rating that is no number',
      csv([['u', 'i', 'good', 1]]),
      { mapping: mapping({ rating: 'rating' }) },
      'mine.csv, line 2, column "rating": "good" is no number',
    ],
    [
      'a time that is none',
      csv([['u', 'i', 1, 'noon']]),
      {},
      'mine.csv, line 2, column "time": "noon" is neither a number nor a date',
    ],
    [
      'a hash where there are times',
      csv(rows),
      { split: DatasetSplit.parse({ by: 'hash' }) },
      'split by time, or leave the column of times out',
    ],
    [
      'a split by time without times',
      csv(rows),
      { mapping: DatasetMapping.parse({ objective: 'recommendation', user: 'user', item: 'item' }) },
      'name the column of times in the mapping',
    ],
    [
      'a least rating without ratings',
      csv(rows),
      { mapping: mapping({ leastRating: 3 }) },
      'there is a least rating, and no column of ratings',
    ],
    [
      'an interaction in the future of its split',
      sided([
        ['u', 'i', 1, 9, 'train'],
        ['u', 'j', 1, 5, 'validation'],
        ['u', 'k', 1, 10, 'test'],
      ]),
      { split: bySplit },
      'mine.csv, line 3: is in the validation split and happened before line 2, which is in train: it would be foretold from its future',
    ],
    [
      'a split whose users training does not have',
      sided([
        ['u', 'i', 1, 1, 'train'],
        ['u', 'j', 1, 2, 'validation'],
        ['v', 'k', 1, 3, 'test'],
      ]),
      { split: bySplit },
      'no row is left in the test split: of 3 rows 3 count, and 2 are of users that the train split has',
    ],
    [
      'rows of tabs of different length',
      'user\titem\ttime\na\tb\n',
      { format: 'tsv' as const },
      'mine.csv, line 2: the row has 2 cells, and there are 3 columns',
    ],
  ])('refuses %s', async (_, content, options, problem) => {
    await expect(importing(content, options)).rejects.toThrow(problem);
  });

  it('refuses to split texts by time', async () => {
    const texts = DatasetMapping.parse({ objective: 'language-modelling', text: 'text' });
    await expect(importing('text\na b c\nd e f\n', { mapping: texts })).rejects.toThrow(
      'only rows of users and items have times',
    );
  });
});
