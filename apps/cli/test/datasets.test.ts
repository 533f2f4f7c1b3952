import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetPreview, DatasetView } from '@rankforge/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { collectionOf, lettersOf } from '../../../libs/tasks/test/support/collection.js';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { type PackagedSet, packagedSets, readPackagedSet } from '../src/datasets/packaged.js';
import { skipWithoutPip } from './support/pip.js';
import { rankforge } from './support/run.js';
import { publishWheel } from './support/wheel.js';

let platform: Platform;
let api: TestApi;
let folder: string;

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-cli-'));
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  rankforge(['dataset', ...args], { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter }, '');

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Three splits by column; one text stands on two sides. */
const rows = 'text,label,split\na b c d,x,train\ne f g h,y,train\ni j k l,x,validation\na b c d,x,test\n';

test('a collection is added with its candidates', async () => {
  const path = join(folder, 'found.zip');
  const words = lettersOf(40);
  await writeFile(
    path,
    collectionOf(words, (word, at) => [`${word} sea`, `${words[(at + 1) % 40]} ship`]),
  );
  const asked = ['--file', path, '--format', 'beir', '--objective', 'ranking', '--candidates', '1'];
  const added = await run('add', 'found', ...asked);
  expect(added.status, added.err).toBe(0);
  expect(added.err).toContain('kept as dataset:found');
  expect(added.out).toMatch(/rows of queries: \d+, at most 2 of one; relevant rows that are no candidate: \d+;/);
  expect(added.out).toContain('queries without a relevant row: 0; left out, for nobody judged them: 0');
});

test('a file is added, listed, looked at and deleted', async () => {
  const file = await fileOf('mine.csv', rows);
  const added = await run(
    'add',
    'mine',
    '--file',
    file,
    '--text',
    'text',
    '--label',
    'label',
    '--split-column',
    'split',
  );
  expect(added.status, added.err).toBe(0);
  expect(added.err).toContain('kept as dataset:mine');
  expect(added.out).toContain('2 train, 1 validation, 1 test');
  expect(added.out).toMatch(/x\s+1\s+1\s+1\n\s*y\s+1\s+0\s+0/);
  expect(added.out).toContain('examples nearly equal to an earlier one: 1; across splits: 1');
  expect(added.out).toContain(
    'a score on validation or test is too good where training has seen the answer\n  train line 2 and test line 5: a b c d',
  );

  const listed = await run('list');
  expect(listed.out).toMatch(/dataset:mine\s+classification\s+2\s+1\s+1\s+1\s+0\s+\S+ \S+\s+mine\.csv/);

  const preview = await run('preview', 'mine', '--split', 'test');
  expect(preview.out).toMatch(/test\s+line 5\s+a b c d\s+x/);
  expect(preview.out).not.toContain('line 2\n');

  const deleted = await run('delete', 'mine', '--json');
  expect((JSON.parse(deleted.out) as DatasetView).name).toBe('mine');
  const gone = await run('preview', 'mine');
  expect(gone.status).toBe(3);
  expect(gone.err).toContain('there is no data set mine (see dataset list)');
});

test('conversations are added out of JSON, and shown with the turns that are learned', async () => {
  const row = (split: string) => ({
    messages: [
      { role: 'user', content: `Who is ${split}?` },
      { role: 'assistant', content: 'A' },
      { role: 'user', content: 'Since when?' },
      { role: 'assistant', content: 'Now' },
    ],
    split,
  });
  const file = await fileOf('talks.json', JSON.stringify(['train', 'validation', 'test'].map(row)));
  const add = (...more: string[]) =>
    run('add', 'talks', '--file', file, '--messages', 'messages', '--split-column', 'split', ...more);
  const dry = await add('--dry-run');
  expect(dry.status, dry.err).toBe(0);
  expect(dry.out).toContain('A | Now');
  const added = await add('--turns', 'last', '--json');
  expect(added.status, added.err).toBe(0);
  const { format, mapping } = JSON.parse(added.out) as DatasetView;
  expect(format).toBe('json');
  expect(mapping).toEqual({ objective: 'instruction-tuning', messages: 'messages', turns: 'last' });
  const asked = await run(
    ...['add', 'asked', '--file', file, '--format', 'json', '--objective', 'question-answering'],
    ...['--messages', 'messages', '--split-column', 'split', '--json'],
  );
  expect(asked.status, asked.err).toBe(0);
  const shown = await run('preview', 'asked', '--split', 'train', '--json');
  expect((JSON.parse(shown.out) as DatasetPreview).rows[0]!.fields).toEqual({
    messages: 'user: Who is train?\nassistant: A\nuser: Since when?',
    answers: 'Now',
  });
});

test('questions are added with the answers that are right and the tokens that one may have', async () => {
  const row = (split: string, gold: unknown) => JSON.stringify({ ask: `Who is ${split}?`, gold, split });
  const file = await fileOf(
    'qa.jsonl',
    [row('train', ['A', 'an A']), row('validation', 'B'), row('test', 'C')].join('\n'),
  );
  const add = (...more: string[]) =>
    run('add', 'qa', '--file', file, '--prompt', 'ask', '--split-column', 'split', ...more);
  const added = await add('--column', 'answers=gold', '--answer-tokens', '6', '--json');
  expect(added.status, added.err).toBe(0);
  expect((JSON.parse(added.out) as DatasetView).mapping).toEqual({
    objective: 'question-answering',
    prompt: 'ask',
    answers: 'gold',
    answerTokens: 6,
    segmenter: 'spaces',
  });
  expect((await run('preview', 'qa', '--split', 'train')).out).toMatch(/line 1\s+Who is train\?\s+A \| an A/);
  const wordy = await add('--column', 'answers=gold', '--answer-tokens', '999');
  expect(wordy.status).not.toBe(0);
  expect(wordy.err).toContain('answerTokens');
});

test('a dry run tells every row that cannot be read, and rows with an empty cell are left out where that is asked', async () => {
  const file = await fileOf(
    'holes.csv',
    rows.replace('e f g h,y,train\n', 'e f g h,y,train\n,y,train\nm n o,,train\n'),
  );
  const asked = ['--file', file, '--text', 'text', '--label', 'label', '--split-column', 'split', '--dry-run'];
  const refused = await run('add', 'holes', ...asked);
  expect(refused.status).toBe(3);
  expect(refused.err).toContain('/file (--file): holes.csv: 2 rows cannot be read');
  expect(refused.err).toContain('/skipEmpty (--skip-empty): 2 of these rows have an empty cell, which this leaves out');
  expect(refused.err).toContain('/mapping/text (--text): holes.csv, line 4, column "text": is empty');
  expect(refused.err).toContain('/mapping/label (--label): holes.csv, line 5, column "label": the label is empty');
  const read = await run('add', 'holes', ...asked, '--skip-empty');
  expect(read.status, read.err).toBe(0);
  expect(read.out).toContain('2 train, 1 validation, 1 test\nrows with an empty cell, left out: 2\n');
});

test('a dry run keeps nothing, and a path is read by the API', async () => {
  await mkdir(join(platform.dataDir, 'mine'), { recursive: true });
  const content = rows.replaceAll(',x,', ',1,').replaceAll(',y,', ',2.5,');
  await writeFile(join(platform.dataDir, 'mine/numbers.csv'), content);
  const args = ['--path', 'mine/numbers.csv', '--text', 'text', '--number', 'label', '--split-column', 'split'];
  const dry = await run('add', 'numbers', ...args, '--dry-run');
  expect(dry.out).toContain('numbers of train: mean 1.75, deviation 0.75, from 1 to 2.5');
  expect((await run('list')).out).not.toContain('numbers');
});

test('what is learned follows from the columns, or is said', async () => {
  const graded = ['q,a,1,train', 'q,b,0,train', 'r,c,1,validation', 's,d,1,test'].join('\n');
  const file = await fileOf('graded.csv', `ask,body,mark,split\n${graded}\n`);
  const args = ['--file', file, '--split-column', 'split', '--text', 'body', '--dry-run'];
  const ranked = await run('add', 'ranked', ...args, '--column', 'query=ask', 'grade=mark', '--json');
  expect(ranked.status, ranked.err).toBe(0);
  expect(JSON.parse(ranked.out)).toMatchObject({
    report: { examples: { train: 1, validation: 1, test: 1 } },
    rows: [{ fields: { query: 'q' } }, {}, {}],
  });
  const plain = await run('add', 'plain', ...args, '--objective', 'language-modelling', '--json');
  expect(JSON.parse(plain.out)).toMatchObject({ rows: [{ fields: { text: 'a' } }, {}, {}, {}] });
  const none = await run('add', 'none', ...args, '--column', 'query=ask');
  expect(none.status).toBe(2);
  expect(none.err).toContain(
    'no objective reads query, text and nothing else; there are\n  language-modelling: text\n',
  );
  expect(none.err).toContain('  ranking: query, text, grade');
  const unknown = await run('add', 'none', ...args, '--objective', 'binary-classification');
  expect(unknown.err).toContain('no file is read for an objective binary-classification; there are');
  const misspelt = await run(
    'add',
    'none',
    ...args,
    '--objective',
    'recommendation',
    '--column',
    'user=ask',
    'item=b',
    'tme=c',
  );
  expect(misspelt.status).toBe(2);
  expect(misspelt.err).toContain('recommendation reads no tme');
  const lacking = await run('add', 'none', ...args, '--objective', 'ranking');
  expect(lacking.status).toBe(3);
  expect(lacking.err).toContain('/mapping/query');
});

test('names the file, the place and the field of what is wrong', async () => {
  const file = await fileOf('bad.csv', `${rows}"open,x,train\n`);
  const bad = await run('add', 'bad', '--file', file, '--text', 'text', '--label', 'label');
  expect(bad.status).toBe(3);
  expect(bad.err).toBe(
    `400 The request is not valid\n  /file (--file): bad.csv, line ${rows.split('\n').length}: a quote is opened and never closed`,
  );
  const neither = await run('add', 'bad', '--text', 'text');
  expect(neither.status).toBe(2);
  expect(neither.err).toContain('give --file or --path');
  const missing = await run('add', 'bad', '--file', join(folder, 'none.csv'), '--text', 'text');
  expect(missing.status).toBe(2);
  expect(missing.err).toContain('none.csv cannot be read');
  const unpacked = await run('add', 'bad', '--file', folder, '--text', 'text');
  expect(unpacked.err).toContain(`${folder} is no file: pack a folder as .zip, .tar or .tar.gz`);
  expect(unpacked.status).toBe(2);
  const untaken = await run('add', 'bad', '--file', file, '--text', 'text', '--label', 'label', '--answer-tokens', '9');
  expect(untaken.err).toContain(
    '/mapping/answerTokens (--answer-tokens): classification takes no answerTokens; it takes: objective, ',
  );
  expect(untaken.status).toBe(3);
});

describe('says what to give where a file', () => {
  const columns = ['--text', 'text', '--label', 'label'];
  test.each([
    [
      'has an ending of no format',
      'mine.txt',
      columns,
      'mine.txt: the ending .txt says no format: name it with --format',
    ],
    ['has the name of a format as its ending', 'mine.sites', columns, 'the ending .sites says no format'],
    ['is packed and no archive', 'mine.csv.gz', columns, 'the ending .gz says no format'],
    ['is a spreadsheet', 'mine.xlsx', columns, 'save a spreadsheet as CSV in UTF-8'],
    ['has none of its columns named', 'mine.csv', [], 'no column is named: name those of an objective, as --text body'],
    ['splits by a column and a share', 'mine.csv', [...columns, '--split-column', 'split', '--test', '0.2'], '--test'],
    ['splits by a share that is no number', 'mine.csv', [...columns, '--test', 'half'], 'expected a number.'],
    ['has a least rating that is no number', 'mine.csv', [...columns, '--least-rating', 'x'], 'expected a number.'],
  ])('%s', async (_, name, options, message) => {
    const { status, err } = await run('add', 'bad', '--file', await fileOf(name, rows), ...options);
    expect(err).toContain(message);
    expect(status).toBe(2);
  });

  test('a data set of images lists the formats that the objective is read from', async () => {
    const { status, err } = await run('add', 'bad', '--file', await fileOf('mine.zip', rows), ...columns);
    expect(err).toContain(
      'format images cannot be read as classification, which is read from: csv, tsv, jsonl, json, parquet',
    );
    expect(status).toBe(3);
  });
});

describe('readPackagedSet', () => {
  afterEach(() => vi.unstubAllEnvs());
  const content = '{"q":"a","a":true}\n{"q":"a","a":true}\n{"q":"b"}\n\n{"q":"c","a":false}\n';
  const read = async (changes: Partial<PackagedSet> = {}) => {
    const wheel = await publishWheel(folder, [['sets/rows.jsonl', content]]);
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', join(folder, 'index'));
    const set: PackagedSet = {
      name: 'tiny',
      title: 'tiny',
      licence: 'MIT',
      wheel,
      file: 'tiny_model/sets/rows.jsonl',
      sha256: createHash('sha256').update(content).digest('hex'),
      mapping: { objective: 'classification', text: 'text', label: 'label' },
      example: ({ q, a }) => (a === undefined ? undefined : { text: q, label: a ? 'yes' : 'no' }),
      ...changes,
    };
    return readPackagedSet(set, { cache: join(folder, 'cache'), onProgress: () => undefined, isQuiet: true });
  };

  test('reads each example of a package once, and no row without an answer', async ({ skip }) => {
    await skipWithoutPip(skip);
    expect(await read()).toBe('{"text":"a","label":"yes"}\n{"text":"c","label":"no"}\n');
  });

  test('refuses a file whose digest differs', async ({ skip }) => {
    await skipWithoutPip(skip);
    await expect(read({ sha256: '0' })).rejects.toThrow(
      /tiny_model\/sets\/rows\.jsonl of tiny-model==1\.0 is not the one that was tried \(its sha256 is [0-9a-f]{64}\)/,
    );
  });

  test('makes examples of rows as the public sets have them', () => {
    const example = (name: string, row: Record<string, unknown>) =>
      packagedSets.find((set) => set.name === name)!.example(row);
    const asked = { question: 'is it so', passage: 'It is.' };
    expect(example('boolq', { ...asked, label: true })).toEqual({ text: 'is it so?\nIt is.', label: 'yes' });
    expect(example('boolq', { ...asked, label: false })).toEqual({ text: 'is it so?\nIt is.', label: 'no' });
    expect(example('boolq', asked)).toBeUndefined();
    expect(example('boolq-passages', asked)).toEqual({ query: 'is it so?', text: 'It is.', grade: 1 });
    expect(example('privacy-qa', { question: 'Who?', context: 'We do.', answer: 'True' })).toEqual({
      text: 'Who?\nWe do.',
      label: 'relevant',
    });
    expect(example('nq-open', { question: 'who sings', answer: ['A', 'B'] })).toEqual({
      prompt: 'who sings?\n',
      answers: ['A', 'B'],
    });
  });
});

test('dataset fetch takes a set that is there as it is, and names the sets that there are where it is asked for another', async () => {
  const file = await fileOf('boolq.csv', rows);
  await run('add', 'boolq', '--file', file, '--text', 'text', '--label', 'label', '--split-column', 'split');
  const again = await run('fetch', 'boolq');
  expect(again.err).toContain('dataset:boolq is there already');
  expect(again.status).toBe(0);
  const other = await run('fetch', 'squad');
  expect(other.err).toMatch(
    /^there is no public set squad to fetch; there are boolq, boolq-passages, privacy-qa, nq-open/,
  );
  expect(other.status).toBe(2);
});

test('a preview of a sweep on a data set says what its length cuts', async () => {
  const chat = (split: string) => JSON.stringify({ asked: 'a', said: 'word '.repeat(70), split });
  const file = await fileOf('chats.jsonl', ['train', 'validation', 'test'].map(chat).join('\n'));
  const added = await run(
    'add',
    'chats',
    '--file',
    file,
    '--prompt',
    'asked',
    '--completion',
    'said',
    '--split-column',
    'split',
  );
  expect(added.status, added.err).toBe(0);
  const sweep = {
    ...{ name: 'cut', task: 'dataset:chats', base: 'nano-sotu', methods: [{ name: 'lora' }], rank: [2] },
    ...{ learningRate: [0.001], memoryBudgetMiB: [64], seed: [0], training: { steps: 5 } },
  };
  const { out, err } = await rankforge(
    ['sweep', 'preview', '-'],
    { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter },
    JSON.stringify(sweep),
  );
  expect(err).toBe('');
  expect(out).toMatch(
    /^Warning: sequenceLength 64, which follows from the data, cuts 100 % of 1 examples and \d+ % of the tokens to be learned; the longest has \d+ tokens$/m,
  );
});

test('a prompt is put together from several columns', async () => {
  const row = (instruction: string, input: string, split: string) =>
    JSON.stringify({ instruction, input, output: 'yes', split });
  const rows = [row('Add.', '1 and 2', 'train'), row('Wait.', '', 'validation'), row('Go.', '', 'test')];
  const file = await fileOf('alpaca.jsonl', rows.join('\n'));
  const add = (...more: string[]) =>
    run('add', 'alpaca', '--file', file, '--completion', 'output', '--split-column', 'split', '--json', ...more);
  const template = ['--prompt-template', '{instruction}\\n{input}\\n\\nAnswer:'];
  const { out, err, status } = await add(...template, '--dry-run');
  expect(status, err).toBe(0);
  expect((JSON.parse(out) as DatasetPreview).rows.map(({ fields }) => fields.prompt)).toEqual([
    'Add.\n1 and 2\n\nAnswer:',
    'Wait.\n\nAnswer:',
    'Go.\n\nAnswer:',
  ]);
  const both = await add(...template, '--prompt', 'instruction');
  expect(both.err).toContain('give --prompt or --prompt-template, not both');
  const unknown = await add('--prompt-template', '{instructions}');
  expect(unknown.status).not.toBe(0);
  expect(unknown.err).toContain('there is no column "instructions"');
});
