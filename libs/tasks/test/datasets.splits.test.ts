/** @file Splits, duplicates across them, classes and numbers of users' data sets. */
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetMapping, DatasetSplit, rowDoubts, type SplitName } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { taskOfDataset, underRoot } from '../src/index.js';
import { decode, encode, examplesOf, passagesOf } from './support/bytes.js';
import { byColumn, classification, csvOf, refusalOf, useFolder, words } from './support/dataset-files.js';
import { closestPair } from './support/overlap.js';

const files = useFolder();
const regression = DatasetMapping.parse({ objective: 'regression', text: 'text', label: 'label' });

/** Imports and loads as a task, with bytes for tokens. */
async function loaded(content: string, options: Parameters<typeof files.importing>[1], sequenceLength = 64) {
  const imported = await files.importing(content, options);
  const file = files.at(`${crypto.randomUUID()}.jsonl`);
  await writeFile(file, `${imported.lines.join('\n')}\n`);
  const task = taskOfDataset({ name: 'mine', head: imported.head, sha256: 'f'.repeat(64), source: 'mine.csv' }, file);
  return { task, imported, data: await task.load({ encode, decode, sequenceLength }) };
}

describe('a split by hash', () => {
  it('keeps near-duplicates on one side, and is the same whatever the order of the rows', async () => {
    const base = csvOf(120).split('\n').slice(1, -1);
    const near = base.slice(0, 60).map((row) => row.replace(/"(.*)",/, '"$1 again!",'));
    const rows = [...base, ...near];
    const { data, imported } = await loaded(`text,label\n${rows.join('\n')}\n`, {});
    expect(imported.report.duplicates).toMatchObject({ search: 'near', acrossSplits: 0, pairs: [] });
    expect(imported.report.duplicates.examples).toBeGreaterThanOrEqual(60);
    const texts = (split: keyof typeof data & ('train' | 'validation' | 'test')) =>
      examplesOf(data[split]).map(({ text }) => text);
    expect(closestPair(texts('test'), texts('train')).similarity).toBeLessThan(0.5);
    expect(closestPair(texts('validation'), texts('train')).similarity).toBeLessThan(0.5);
    const turned = await loaded(`text,label\n${rows.toReversed().join('\n')}\n`, {});
    expect(
      examplesOf(turned.data.test)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(texts('test').sort());
  });

  it('says why a split is empty', async () => {
    await expect(files.importing('text,label\na b c,x\nd e f,y\n')).rejects.toThrow(
      /^mine.csv: the split leaves no \w+ example: 2 examples, 2 of them unlike each other/,
    );
    const sums = Array.from({ length: 50 }, (_, i) => `what is ${i} plus ${i * 3},x`).join('\n');
    await expect(files.importing(`text,label\n${sums}`)).rejects.toThrow(/50 examples, 1 of them unlike each other/);
  });
});

describe('a stratified split', () => {
  const expected = JSON.parse(readFileSync(new URL('vectors/datasets/stratified.json', import.meta.url), 'utf8')) as {
    rows: [string, string][];
    sides: Record<'0' | '7', Record<string, SplitName>>;
  };
  const content = `text,label\n${expected.rows.map(([text, label]) => `${text},${label}`).join('\n')}\n`;
  const byTenths = DatasetSplit.parse({ by: 'hash' });
  const sidesOf = async (split: object, of = content) => {
    const { lines } = await files.importing(of, { split: DatasetSplit.parse({ by: 'hash', ...split }) });
    const rows = lines.slice(1).map((line) => JSON.parse(line) as { text: string; split: SplitName });
    return Object.fromEntries(rows.map(({ text, split: side }) => [text, side]));
  };

  it('is that of another implementation, for each seed, whatever the order of the rows', async () => {
    expect(await sidesOf({})).toEqual(expected.sides['0']);
    expect(await sidesOf({ stratified: true, seed: 7 })).toEqual(expected.sides['7']);
    const [head, ...rows] = content.trimEnd().split('\n');
    expect(await sidesOf({}, [head, ...rows.toReversed()].join('\n'))).toEqual(expected.sides['0']);
    expect(expected.sides['7']).not.toEqual(expected.sides['0']);
  });

  it('gives each class its share of every split, and is said of the data set', async () => {
    const { report, split } = await files.importing(content, { split: byTenths });
    expect(split).toEqual({ by: 'hash', validation: 0.1, test: 0.1, stratified: true });
    expect(report.classes).toEqual([
      { name: 'ham', examples: { train: 72, validation: 9, test: 9 } },
      { name: 'spam', examples: { train: 24, validation: 3, test: 3 } },
    ]);
    expect(report.skewed).toBeUndefined();
    // Wilson's interval of 6 of 12 is 0.254 to 0.746.
    expect(rowDoubts(report)).toEqual([
      {
        said: '12 test examples tell little: a model that has half of them right is known to ± 0.25 (95 % interval of a share), however many seeds are run',
        lines: [],
      },
    ]);
  });

  it('keeps near-duplicates together, and every class in training', async () => {
    const family = Array.from(
      { length: 9 },
      (_, i) => `one and the same long sentence again and again ${'x'.repeat(i)},rare`,
    );
    const { report } = await files.importing(`${content}${family.join('\n')}\n`, { split: byTenths });
    expect(report.duplicates.acrossSplits).toBe(0);
    expect(report.classes!.find(({ name }) => name === 'rare')).toEqual({
      name: 'rare',
      examples: { train: 9, validation: 0, test: 0 },
    });
    expect(report.skewed).toEqual({
      classes: 1,
      first: [
        {
          name: 'rare',
          splits: ['validation', 'test'],
          rows: ['line 122', 'line 123', 'line 124', 'line 125', 'line 126'],
        },
      ],
    });
    expect(rowDoubts(report)[0]).toEqual({
      said: '1 class is not spread over the splits as over the whole',
      lines: [
        '"rare": 0 in validation, 0 in test, of 9 rows (line 122, line 123, line 124, line 125, line 126 and 4 more)',
      ],
    });
  });

  it('is left to the hash alone where that is asked for, and refused where there are no classes', async () => {
    const { split, report } = await files.importing(content, {
      split: DatasetSplit.parse({ by: 'hash', stratified: false }),
    });
    expect(split).toEqual({ by: 'hash', validation: 0.1, test: 0.1, stratified: false });
    // As the release before divided it.
    expect(report.examples).toEqual({ train: 93, validation: 16, test: 11 });
    const numbers = `text,label\n${expected.rows.map(([text], at) => `${text},${at}`).join('\n')}\n`;
    const stratified = DatasetSplit.parse({ by: 'hash', stratified: true });
    await expect(files.importing(numbers, { mapping: regression, split: stratified })).rejects.toThrow(
      'only a split of classes can be stratified',
    );
  });
});

describe('rows that are the same to the letter', () => {
  const distinct = csvOf(60);

  it('are counted and named, apart from texts that have two answers', async () => {
    const more = [
      'win a prize now please,spam',
      'win a prize now please,ham',
      'win a prize now please,spam',
      'see you soon my friend,ham',
      'see you soon my friend,ham',
    ];
    const { report } = await files.importing(`${distinct}${more.join('\n')}\n`, {
      split: DatasetSplit.parse({ by: 'hash' }),
    });
    expect(report.repeated).toEqual({
      rows: 2,
      texts: 2,
      first: [
        { text: 'win a prize now please', count: 2, rows: ['line 62', 'line 64'] },
        { text: 'see you soon my friend', count: 2, rows: ['line 65', 'line 66'] },
      ],
    });
    expect(report.contradictions).toEqual({
      rows: 3,
      texts: 1,
      first: [
        {
          text: 'win a prize now please',
          answers: [
            { answer: 'spam', count: 2, rows: ['line 62', 'line 64'] },
            { answer: 'ham', count: 1, rows: ['line 63'] },
          ],
        },
      ],
    });
    expect(rowDoubts(report).slice(0, 2)).toEqual([
      {
        said: '1 text has more than one answer, in 3 rows: no model can be right about all of them',
        lines: ['"win a prize now please": spam (line 62, line 64), ham (line 63)'],
      },
      {
        said: '2 rows equal an earlier one to the letter, answer and all, of 2 texts',
        lines: ['"win a prize now please": line 62, line 64', '"see you soon my friend": line 65, line 66'],
      },
    ]);
    const none = await files.importing(distinct);
    expect([none.report.repeated, none.report.contradictions]).toEqual([undefined, undefined]);
  });

  it('are named up to a bound, however many there are', async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      Array.from({ length: 12 }, () => `${words[i]} ${'w'.repeat(300)},ham`).join('\n'),
    );
    const { report } = await files.importing(`${distinct}${many.join('\n')}\n`);
    expect(report.repeated).toMatchObject({ rows: 330, texts: 30 });
    expect(report.repeated!.first).toHaveLength(20);
    for (const { text, rows, count } of report.repeated!.first)
      expect([text.length <= 160, rows.length, count]).toEqual([true, 5, 12]);
    expect(rowDoubts(report)[0]!.said).toMatch(/of 30 texts; the first 20 are named$/);
  });
});

describe('a split by column', () => {
  it('reports what stands on two sides, with the rows', async () => {
    const content = [
      'text,label,split',
      'the quick brown fox jumps over it,a,train',
      'something else entirely is here,b,train',
      'The quick brown fox jumps over it!,a,test',
      'nothing like the others at all,b,validation',
      'nothing like the others at all,b,test',
      'a fresh line of words for testing,a,test',
    ].join('\n');
    const { report } = await files.importing(content, { split: byColumn });
    expect(report.duplicates).toEqual({
      search: 'near',
      examples: 2,
      acrossSplits: 2,
      pairs: [
        {
          splits: ['train', 'test'],
          rows: ['line 2', 'line 4'],
          texts: ['the quick brown fox jumps over it', 'The quick brown fox jumps over it!'],
        },
        {
          splits: ['validation', 'test'],
          rows: ['line 5', 'line 6'],
          texts: ['nothing like the others at all', 'nothing like the others at all'],
        },
      ],
    });
  });

  it.each<[string, string, RegExp]>([
    [
      'a value that is no split',
      'a,x,dev',
      /^mine.csv, line 2, column "split": "dev" is none of train, validation, test$/,
    ],
    ['a split without rows', 'a,x,train\nb,y,test', /^mine.csv: no row is in the validation split/],
    [
      'a label unseen in training',
      'a,x,train\nb,y,train\nc,x,validation\nd,z,test',
      /^mine.csv, class "z": is in the test split \(line 5\) and never in train, so it cannot be learned/,
    ],
    ['one class', 'a,x,train\nc,x,validation\nd,x,test', /every row is of class "x"; two are needed/],
  ])('says what is wrong with %s', async (_, rows, message) => {
    await expect(files.importing(`text,label,split\n${rows}\n`, { split: byColumn })).rejects.toThrow(message);
  });

  it('takes other words for the splits', async () => {
    const split = DatasetSplit.parse({
      by: 'column',
      column: 'fold',
      values: { train: '0', validation: '1', test: '2' },
    });
    const { report } = await files.importing('text,label,fold\na,x,0\nb,y,0\nc,x,1\nd,y,2\n', { split });
    expect(report.examples).toEqual({ train: 2, validation: 1, test: 1 });
  });
});

describe('classes', () => {
  const declared = (...classes: string[]) => ({ mapping: { ...classification, classes } as typeof classification });

  it('have ids in the order they are declared in', async () => {
    const { head } = await files.importing(csvOf(40), declared('yes', 'no'));
    expect(head.classes).toEqual(['yes', 'no']);
  });

  it('are refused where one is empty or not declared', async () => {
    await expect(files.importing(csvOf(40), declared('yes', 'no', 'maybe'))).rejects.toThrow(
      'mine.csv, class "maybe": has no row; leave the class out or add rows',
    );
    await expect(files.importing(csvOf(40), declared('yes', 'maybe'))).rejects.toThrow(
      'mine.csv, line 3: class "no" is none of yes, maybe',
    );
  });

  it('are refused as numbers where there are too many', async () => {
    const labels = Array.from({ length: 1100 }, (_, i) => String(i));
    await expect(files.importing(csvOf(2200, labels))).rejects.toThrow(
      /1100 classes; .* choose the objective regression/,
    );
  });
});

describe('the task of a data set', () => {
  it('predicts one output of numbers, in units of the training split', async () => {
    const { task, data, imported } = await loaded(csvOf(40, ['10', '30']), { mapping: regression });
    const { mean, deviation } = imported.report.numbers!;
    const { values } = data.test.batch([0]);
    expect([10, 30]).toContain(Math.round(mean + deviation * values![0]!));
    expect(task).toMatchObject({ name: 'dataset:mine', objective: 'regression', outputs: 1, dataHash: 'f'.repeat(64) });
    expect(task.primaryMetric).toEqual({ name: 'rmse', direction: 'minimize', scale: 'mean', range: [0, null] });
    const numbers = data.train.batch(Array.from({ length: data.train.size }, (_, i) => i)).values!;
    expect(numbers.reduce((sum, value) => sum + value, 0) / numbers.length).toBeCloseTo(0, 5);
    expect(numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length).toBeCloseTo(1, 5);
  });

  it('refuses numbers that are none, or do not vary', async () => {
    const refused = await refusalOf(files.importing(csvOf(40), { mapping: regression }));
    expect(refused.problems[1]!.message).toBe(
      'mine.csv, 20 rows (line 2, line 4, line 6, line 8, line 10 and 15 more), column "label": "yes" is no number; for classes choose the objective classification',
    );
    await expect(files.importing(csvOf(40, ['4']), { mapping: regression })).rejects.toThrow(/do not vary/);
    // Three tenths have a mean that is none of them.
    await expect(files.importing(csvOf(40, ['0.1']), { mapping: regression })).rejects.toThrow(/do not vary/);
    const large = Array.from({ length: 40 }, (_, i) => `${i + 1}e300`);
    await expect(files.importing(csvOf(40, large), { mapping: regression })).rejects.toThrow(
      'mine.csv: the numbers of the train split, from 1e+300 to 4e+301, are too large to be scaled: divide them all by one number',
    );
  });

  it.each([
    ['U+0000', 'a\0'],
    ['half of a surrogate pair', '\ud83d'],
  ])('refuses a name of a class or a place with %s, which a database cannot keep', async (_, bad) => {
    const lines = csvOf(40)
      .split('\n')
      .slice(1, -1)
      .map((line, at) => ({ text: line.split('"')[1], label: at % 2 ? 'good' : 'bad', site: 'north' }));
    const importing = (row: object) =>
      files.importing([...lines, { ...lines[0], ...row }].map((line) => JSON.stringify(line)).join('\n'), {
        format: 'jsonl',
        mapping: { ...classification, origins: ['site'] },
      });
    for (const [column, field] of [
      ['label', '/mapping/label'],
      ['site', '/mapping/origins/0'],
    ] as const) {
      await expect(importing({ [column]: bad }), column).rejects.toMatchObject({
        field,
        message: expect.stringMatching(`^mine.csv, line 41, column "${column}": must not hold the character U\\+0000`),
      });
    }
  });

  it('shows texts that are alike in a form that a database keeps', async () => {
    const text = `${'one two three four five six seven eight nine ten '.repeat(4).slice(0, 159)}😀 ends`;
    const rows = [text, text, 'quite another one'].map((text, at) => ({ text, label: at % 2 ? 'a' : 'b', split: at }));
    const split = DatasetSplit.parse({
      by: 'column',
      column: 'split',
      values: { train: '0', validation: '1', test: '2' },
    });
    const content = [...rows, { text: 'a text of the other class', label: 'a', split: 0 }].map((row) =>
      JSON.stringify(row),
    );
    const { report } = await files.importing(content.join('\n'), { format: 'jsonl', split });
    expect(report.duplicates.pairs.map(({ texts }) => texts)).toEqual([[text.slice(0, 159), text.slice(0, 159)]]);
  });

  it('counts only the completion in the loss of prompts', async () => {
    const mapping = DatasetMapping.parse({ objective: 'instruction-tuning', prompt: 'text', completion: 'label' });
    const rows = 'text,label,split\nab,xyz,train\nabcdefgh,uvw,validation\nq,r,test\n';
    const { data, task } = await loaded(rows, { mapping, split: byColumn }, 6);
    expect(task.dataVersion).toBe(3);
    const bytes = (text: string) => [...encode(text)];
    const train = data.train.batch([0]);
    expect([...train.inputs]).toEqual([...bytes('abxy'), 0, 0]);
    expect([...train.targets]).toEqual([-1, ...bytes('xyz'), -1, -1]);
    expect([...train.lengths]).toEqual([4]);
    // Seven tokens fit: the prompt loses its beginning.
    const cut = data.validation.batch([0]);
    expect([...cut.inputs]).toEqual(bytes('efghuv'));
    expect([...cut.targets]).toEqual([-1, -1, -1, ...bytes('uvw')]);
    const long = await loaded(
      'text,label,split\nab,0123456789,train\nc,d,validation\ne,f,test\n',
      { mapping, split: byColumn },
      6,
    );
    const batch = long.data.train.batch([0]);
    expect([...batch.inputs]).toEqual(bytes('b01234'));
    expect([...batch.targets]).toEqual(bytes('012345'));
  });

  it('keeps columns that say where examples are from, beside texts and windows', async () => {
    const origins = ['site', 'year'];
    const rows = [
      'text,label,split,site,year',
      ...['abcd,x,train,north,1', 'efgh,y,train,south,2', 'ijkl,x,train,north,1', 'mnop,y,train,west,1'],
      ...['qrst,x,validation,south,2', 'uvwx,y,test,east,3'],
    ].join('\n');
    const sites = ['north', 'south', 'north', 'west'];
    const labelled = await loaded(rows, { mapping: { ...classification, origins }, split: byColumn });
    expect(labelled.data.train.fields).toEqual({ site: sites, year: ['1', '2', '1', '1'] });
    expect(labelled.data.test.fields).toEqual({ site: ['east'], year: ['3'] });
    // A client has examples to train on.
    expect(labelled.task.origins).toEqual({ site: ['north', 'south', 'west'], year: ['1', '2'] });
    expect(labelled.imported.rows[0]).toMatchObject({ fields: { text: 'abcd', site: 'north', year: '1' } });

    // Windows of three tokens: those of one place are cut together.
    const text = DatasetMapping.parse({ objective: 'language-modelling', text: 'text', origins: ['site'] });
    const cut = (await loaded(rows, { mapping: text, split: byColumn }, 3)).data.train;
    expect(cut.fields).toEqual({ site: ['north', 'north', 'north', 'south', 'west'] });
    const all = cut.batch([4, 0, 1]);
    expect([...all.inputs]).toEqual([...encode('mno'), ...encode('abc'), ...encode('d\n\n')]);
    expect([...all.targets]).toEqual([...encode('nop'), ...encode('bcd'), ...encode('\n\ni')]);
    expect([...all.lengths]).toEqual([3, 3, 3]);
    expect(() => cut.batch([5])).toThrow('there is no unit 5; there are 5');

    await expect(
      files.importing(rows, { mapping: { ...classification, origins: ['place'] }, split: byColumn }),
    ).rejects.toThrow(/there is no column "place"; the columns are: text, label, split, site, year/);
    await expect(
      files.importing(`${rows}\nyz,x,train,,1`, { mapping: { ...classification, origins }, split: byColumn }),
    ).rejects.toThrow(/column "site": is empty/);
  });

  it('asks questions and keeps every answer that is right', async () => {
    const mapping = DatasetMapping.parse({
      objective: 'question-answering',
      prompt: 'text',
      answers: 'label',
      answerTokens: 3,
    });
    const { task, data, imported } = await loaded(
      'text,label,split\nab,xyz,train\nabcdefgh,u,validation\nq,r,test\n',
      { mapping, split: byColumn },
      6,
    );
    expect(task).toMatchObject({ objective: 'question-answering', answerTokens: 3 });
    expect(task.primaryMetric).toMatchObject({ name: 'exactMatch', direction: 'maximize' });
    expect(imported.rows[0]).toMatchObject({ fields: { prompt: 'ab', answers: 'xyz' } });
    expect(data.writing).toMatchObject({ tokens: 3, end: encode('\n')[0] });
    expect([...data.validation.questions!.prompt(0)]).toEqual([...encode('efgh')]);
    expect(data.validation.questions!.right(0)).toEqual(['u']);
    expect([...data.train.batch([0]).targets]).toEqual([-1, ...encode('xyz'), -1, -1]);
  });

  it('reads questions with answers and evidence, whose texts are the documents of all splits', async () => {
    const mapping = DatasetMapping.parse({
      objective: 'grounded-answers',
      prompt: 'text',
      answers: 'label',
      evidence: 'from',
      answerTokens: 3,
    });
    const { task, data, imported } = await loaded(
      'text,label,from,split\nab,xyz,one two three,train\ncd,u,two three,validation\nef,r,four,test\n',
      { mapping, split: byColumn },
      12,
    );
    expect(task).toMatchObject({ objective: 'grounded-answers', answerTokens: 3 });
    expect(imported.rows[0]).toMatchObject({ fields: { prompt: 'ab', answers: 'xyz', evidence: 'one two three' } });
    expect(data.documents).toEqual(['one two three', 'two three', 'four']);
    expect(data.validation.questions!.grounded!(0)).toEqual({
      question: 'cd',
      right: ['u'],
      evidence: [{ document: 1, from: 0, to: 2 }],
    });
  });

  it('cuts texts into windows over the passages of a split', async () => {
    const mapping = DatasetMapping.parse({ objective: 'language-modelling', text: 'text' });
    const rows = csvOf(60).replaceAll(/,(yes|no)/g, ',x');
    const { data, imported } = await loaded(rows, { mapping }, 16);
    const kept = imported.lines.slice(1).map((line) => JSON.parse(line) as { split: string; text: string });
    const expected = kept.filter(({ split }) => split === 'train').map(({ text }) => text);
    expect(passagesOf(data.train).slice(0, 5)).toEqual(expected.slice(0, 5));
  });
});

describe('graded rows', () => {
  const mapping = DatasetMapping.parse({ objective: 'ranking', query: 'ask', text: 'text', grade: 'grade' });
  const row = (query: string, text: string, grade: unknown, split: string) => `${query},${text},${grade},${split}`;
  const csv = (...rows: string[]) => `ask,text,grade,split\n${rows.join('\n')}\n`;
  const whole = csv(
    row('q', 'ab', 2, 'train'),
    row('r', 'cd', 1, 'validation'),
    row('q', 'ef', 0, 'train'),
    row('s', 'g', 0.5, 'test'),
    row('q', 'h', 0, 'train'),
    row('t', 'i', 1, 'train'),
  );

  it('of one query are one unit, in the order of the file, each read with its query', async () => {
    const { task, data, imported } = await loaded(whole, { mapping, split: byColumn }, 8);
    expect(imported.report.examples).toEqual({ train: 2, validation: 1, test: 1 });
    expect(imported.rows[0]).toMatchObject({ split: 'train', row: 'line 2', fields: { query: 'q' } });
    expect(task).toMatchObject({ objective: 'ranking', outputs: 1, unitRows: 3, defaults: { batchSize: 5 } });
    expect(task.primaryMetric).toEqual({ name: 'ndcg@10', direction: 'maximize', scale: 'mean', range: [0, 1] });
    const { size, groups, values, inputs, lengths } = data.train.batch([1, 0]);
    expect([size, ...groups!]).toEqual([4, 1, 3]);
    expect([...values!]).toEqual([1, 2, 0, 0]);
    expect([...lengths]).toEqual([3, 4, 4, 3]);
    expect([...inputs.subarray(8, 12)]).toEqual([...encode('q\nab')]);
    expect([...data.train.answers!([0]).values!]).toEqual([2, 0, 0]);
  });

  it('are on one side of a split by content, whatever their texts', async () => {
    const rows = Array.from({ length: 80 }, (_, at) => row(`what of ${words[at >> 1]}`, `text ${at}`, at % 2, 'train'));
    const { report, lines } = await files.importing(csv(...rows), { mapping });
    const { train, validation, test } = report.examples;
    expect(train + validation + test).toBe(40);
    expect(lines.slice(1).map((line) => (JSON.parse(line) as { rows: unknown[] }).rows.length)).toEqual(
      Array(40).fill(2),
    );
  });

  it.each<[string, string, string]>([
    [
      'in two splits',
      csv(row('q', 'a', 1, 'train'), row('q', 'b', 0, 'test')),
      'rows of "q" are in train (line 2) and in test',
    ],
    ['below 0', csv(row('q', 'a', -1, 'train')), 'line 2, column "grade": "-1" is below 0'],
    ['without a number', csv(row('q', 'a', 'good', 'train')), '"good" is no number'],
    [
      'all alike',
      csv(
        row('q', 'a', 1, 'train'),
        row('q', 'b', 1, 'train'),
        row('r', 'a', 1, 'validation'),
        row('s', 'a', 1, 'test'),
      ),
      'no query of the train split has rows of different grades',
    ],
  ])('%s are refused', async (_, content, message) => {
    await expect(files.importing(content, { mapping, split: byColumn })).rejects.toThrow(message);
  });
});

describe('a path under the data folder', () => {
  it('is found, and one that leaves it is refused', async () => {
    const root = files.at('root');
    await mkdir(join(root, 'sub'), { recursive: true });
    await writeFile(join(root, 'sub/a.csv'), csvOf(3));
    await writeFile(files.at('secret.csv'), 'x');
    await symlink('../secret.csv', join(root, 'link.csv'));
    await symlink('sub/a.csv', join(root, 'inside.csv'));
    await mkdir(join(root, 'images/cat'), { recursive: true });
    await symlink(files.at('secret.csv'), join(root, 'images/cat/1.png'));
    const real = await underRoot(root, 'sub/a.csv');
    expect(await underRoot(root, 'inside.csv')).toBe(real);
    expect(await underRoot(root, join(root, 'sub/a.csv'))).toBe(real);
    for (const path of ['../secret.csv', '/etc/passwd', 'sub/../../secret.csv', 'link.csv']) {
      await expect(underRoot(root, path), path).rejects.toMatchObject({
        field: '/path',
        // Where the folder lies is nothing to tell those who use the API.
        message: `${path}: is outside of the data folder (RANKFORGE_DATA_DIR)`,
      });
    }
    await expect(underRoot(root, 'images')).rejects.toThrow('images, cat/1.png: is a link out of the data folder');
    await expect(underRoot(root, 'none.csv')).rejects.toThrow('none.csv: cannot be opened (ENOENT)');
    await expect(underRoot(root, 'a\0b')).rejects.toThrow(/cannot be opened/);
  });
});
