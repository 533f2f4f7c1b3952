/** @file `rankforge compare` on logs of Inspect, which Inspect itself wrote: `oracle/inspect/inspect_logs.py`. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zip } from '../../../test/support/zip.js';
import { rankforge } from './support/run.js';

const logs = fileURLToPath(new URL('fixtures/inspect', import.meta.url));
const folder = (name: string) => join(logs, name);
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rankforge-inspect-'));
});
afterAll(() => rm(dir, { recursive: true }));

const compare = (...args: string[]) => rankforge(['compare', ...args], { RANKFORGE_HOME: dir });

interface Board {
  task: string;
  metric: { name: string; direction: string; range: unknown };
  testExamples: number;
  rows: { method: string; score: number; group: string }[];
  comparisons: { paired: boolean }[];
}

async function boardOf(...args: string[]): Promise<Board> {
  const { status, out, err } = await compare(...args, '--json');
  expect(status, err).toBe(0);
  const boards = JSON.parse(out) as Board[];
  expect(boards).toHaveLength(1);
  return boards[0]!;
}

type Reported = Readonly<Record<string, Readonly<Record<string, number>>>>;
const expected = JSON.parse(await readFile(folder('expected.json'), 'utf8')) as { models: Reported; graded: Reported };

describe('logs of Inspect', () => {
  it.each(['match', 'digits', 'right'])('gives %s of each model as Inspect reports it', async (metric) => {
    const direction = metric === 'digits' ? ['--direction', 'maximize'] : [];
    const board = await boardOf(folder('models'), '--metric', metric, ...direction);
    expect(board).toMatchObject({ task: 'sums', testExamples: 12 });
    expect(board.comparisons.map(({ paired }) => paired)).toEqual([true, true, true]);
    expect(board.metric).toEqual({
      name: metric,
      direction: 'maximize',
      range: metric === 'digits' ? [null, null] : [0, 1],
    });
    const scores = Object.fromEntries(board.rows.map(({ method, score }) => [method, score]));
    for (const [model, reported] of Object.entries(expected.models)) {
      expect(scores[model]).toBeCloseTo(reported[`${metric}/mean`]!, 12);
    }
    expect(Object.keys(scores)).toHaveLength(3);
  });

  it('parts the models that can be told apart, and names the other scores', async () => {
    const { out, err } = await compare(folder('models'));
    expect(out).toContain('mockllm/able leads with match 0.88');
    expect(out).toContain('mockllm/clever is tied with it');
    expect(out).toMatch(/mockllm\/basic .* b /);
    expect(err).toContain('sums: read by match; --metric digits, --metric right would read it otherwise');
  });

  it.each(['eval', 'json'])(
    'reads letters by each reducer, and leaves out samples without a score (%s)',
    async (format) => {
      for (const metric of ['match/mean', 'match/mode', 'graded/mean', 'graded/mode']) {
        const board = await boardOf(folder(`graded-${format}`), '--metric', metric);
        expect(board.rows[0]!.score).toBeCloseTo(expected.graded[format]![metric]!, 12);
        expect(board.testExamples).toBe(metric.startsWith('graded') ? 4 : 6);
      }
      const { err } = await compare(folder(`graded-${format}`), '--metric', 'graded/mode');
      expect(err).toContain('graded: 2 samples without a score are left out of mockllm/able');
    },
  );

  it.each<[string, string[], RegExp]>([
    ['a metric that is not there', ['models', '--metric', 'f1'], /--metric f1: .*\.eval has match, digits, right/],
    ['a task that is not there', ['models', '--task', 'mmlu'], /--task mmlu: the logs are of sums/],
    ['a filter', ['models', '--filter', 'strict'], /--filter is of lm-evaluation-harness/],
    ['a metric of which the way is not known', ['models', '--metric', 'digits'], /digits: say --direction/],
    ['an evaluation that failed', ['failed'], /evaluation of mockllm\/none on sums is "error": expected "success"/],
  ])('refuses %s', async (_, [of, ...args], message) => {
    const { status, err } = await compare(folder(of!), ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it('refuses models that were asked about other samples, and one model twice', async () => {
    const others = await compare(folder('models'), folder('other-samples'));
    expect(others.status).toBe(2);
    expect(others.err).toMatch(
      /sums: mockllm\/other lacks 1 samples that mockllm\/able has, and has 1 others: run inspect/,
    );
    const [name] = await readdir(folder('models'));
    const again = join(dir, 'again.eval');
    await writeFile(again, await readFile(join(folder('models'), name!)));
    const twice = await compare(folder('models'), again);
    expect(twice.status).toBe(2);
    expect(twice.err).toMatch(/again\.eval are both of mockllm\/able on sums/);
  });
});

describe('files that are no log of Inspect', () => {
  const header = (change: object = {}) =>
    JSON.stringify({
      status: 'success',
      eval: { task: 'sums', model: '<b>a</b>', dataset: {} },
      results: { scores: [{ name: 'match', scorer: 'match', metrics: { accuracy: { value: 1 } } }] },
      ...change,
    });
  const reductions = (value: string) =>
    `[{"scorer": "match", "samples": [{"sample_id": "NaN", "value": ${value}}, {"sample_id": 1, "value": ${value}}]}]`;
  const archive = (parts: Record<string, string>) =>
    zip(Object.entries(parts).map(([name, text]) => ({ name, content: Buffer.from(text) })));
  const log = (value: string) => archive({ 'header.json': header(), 'reductions.json': reductions(value) });

  it('takes one that is made like it', async () => {
    const file = join(dir, 'made.eval');
    await writeFile(file, log('"C"'));
    expect((await boardOf(file)).rows).toMatchObject([{ method: '<b>a</b>', score: 1 }]);
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, RegExp]>([
    ['text', () => Buffer.from('{}'), /cannot be unpacked: /],
    [
      'a log that is cut',
      async () => {
        const [name] = await readdir(folder('models'));
        return (await readFile(join(folder('models'), name!))).subarray(0, 30_000);
      },
      /cannot be unpacked: /,
    ],
    ['another archive', () => archive({ 'a.txt': 'a' }), /has no header\.json/],
    ['a header that is cut', () => archive({ 'header.json': header().slice(0, 40) }), /header\.json: is not JSON/],
    [
      'another version',
      () => archive({ 'header.json': header({ eval: { task: 'sums' } }) }),
      /no log of Inspect: eval\.model: /,
    ],
    ['a log without scores', () => archive({ 'header.json': header() }), /holds no scores of samples/],
    ['a score that is text', () => log('"good"'), /no log of Inspect: 0\.samples\.0\.value: /],
    ['no score but NaN', () => log('NaN'), /match scores no sample/],
    ['a score out of the range of numbers', () => log('1e999'), /no log of Inspect: 0\.samples\.0\.value: /],
    [
      'a bomb',
      () => archive({ 'header.json': header(), 'reductions.json': ' '.repeat(2 ** 28 + 1) }),
      /reductions\.json unpacks to more than 268435456 bytes/,
    ],
  ])('refuses %s', async (name, content, message) => {
    const file = join(dir, `${name.replaceAll(' ', '-')}.eval`);
    await writeFile(file, await content());
    const { status, err } = await compare(file);
    expect(err).toMatch(message);
    expect(status).toBe(2);
  });
});
