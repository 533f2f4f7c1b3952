import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rankforge } from './support/run.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-site-'));
});
afterAll(() => rm(folder, { recursive: true }));

const columns = ['--text', 'body', '--label', 'kind', '--classes', 'ham,spam'];
const prepare = (site: string, ...more: string[]) =>
  rankforge(['site', 'prepare', site, '--objective', 'classification', ...columns, ...more]);

test('the card of a site tells its name, counts and digest, and the file stays', async () => {
  const [file, out] = [join(folder, 'north.csv'), join(folder, 'north.jsonl')];
  await writeFile(file, 'body,kind,part\nmeet me,ham,train\nsee you,ham,validation\nso long,ham,test\n');
  const given = ['--file', file, '--out', out, '--split-column', 'part'];
  const { status, out: printed, err } = await prepare('north', ...given);
  expect(err).toContain(`kept in ${out}`);
  expect(status).toBe(0);
  expect(JSON.parse(printed)).toEqual({
    format: 'rankforge-site-1',
    site: 'north',
    objective: 'classification',
    classes: ['ham', 'spam'],
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    publicKey: expect.stringMatching(/^[\w-]{43}$/),
    examples: { train: 1, validation: 1, test: 1 },
  });
  expect(await readFile(out, 'utf8')).toContain('see you');
  const again = await prepare('north', ...given);
  expect(again).toMatchObject({ status: 2, err: `${out} is there already: name another file` });
});

test('a file of JSON lines is read by either of its endings', async () => {
  const lines = ['train', 'validation', 'test'].map((part) =>
    JSON.stringify({ body: `meet ${part}`, kind: 'ham', part }),
  );
  for (const ending of ['jsonl', 'ndjson']) {
    const [file, out] = [join(folder, `lines.${ending}`), join(folder, `from-${ending}`)];
    await writeFile(file, lines.join('\n'));
    const { status, err, out: card } = await prepare('south', '--file', file, '--out', out, '--split-column', 'part');
    expect(status, err).toBe(0);
    expect(JSON.parse(card)).toMatchObject({ site: 'south', examples: { train: 1, validation: 1, test: 1 } });
  }
});

test('a site whose file cannot be used is refused with the place in it', async () => {
  const file = join(folder, 'east.csv');
  await writeFile(file, 'body,kind,part\nmeet me,eggs,train\n');
  const given = ['--file', file, '--out', join(folder, 'east.jsonl')];
  expect(await prepare('east', ...given, '--split-column', 'part')).toMatchObject({
    status: expect.any(Number),
    err: expect.stringContaining('no row is in the validation split'),
  });
  const unknown = await prepare('east', '--file', join(folder, 'east.doc'), '--out', join(folder, 'east.jsonl'));
  expect(unknown).toMatchObject({
    status: 2,
    err: expect.stringContaining('give --format, one of csv, tsv, jsonl, parquet'),
  });
  const gone = await prepare('east', '--file', join(folder, 'gone.csv'), '--out', join(folder, 'east.jsonl'));
  expect(gone).toMatchObject({ status: 2, err: expect.stringContaining('gone.csv or the folder of') });
});

test('a share that is none is refused before anything is written, and so is one beside a column', async () => {
  const [file, out] = [join(folder, 'west.csv'), join(folder, 'west.jsonl')];
  await writeFile(file, 'body,kind,part\nmeet me,ham,train\n');
  const given = ['--file', file, '--out', out];
  for (const [options, said] of [
    [['--validation', '10%'], "option '--validation <share>' argument '10%' is invalid"],
    [['--test', '20'], 'test: '],
    [['--validation', '0.6', '--test', '0.5'], 'validation and test leave nothing for training'],
    [
      ['--split-column', 'part', '--test', '0.2'],
      "option '--split-column <column>' cannot be used with option '--test <share>'",
    ],
  ] as const) {
    expect(await prepare('west', ...given, ...options)).toMatchObject({
      status: 2,
      err: expect.stringContaining(said),
    });
  }
  expect(await readdir(folder)).not.toContain('west.jsonl.key');
});
