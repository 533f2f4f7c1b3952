/** @file `rankforge compare`: boards of results in files, without a server. Logs are of lm-evaluation-harness itself: `oracle/lm-eval/harness_logs.py`. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankforge } from './support/run.js';

const logs = fileURLToPath(new URL('fixtures/lm-eval', import.meta.url));
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rankforge-compare-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Without an address of an API and without a key: what would ask for one fails. */
const compare = (...args: string[]) => rankforge(['compare', ...args], { RANKFORGE_HOME: dir });

interface Board {
  task: string;
  metric: { name: string; direction: string; range: unknown };
  testExamples: number;
  rows: { method: string; score: number; interval: [number, number]; group: string }[];
  comparisons: { a: number; b: number; difference: number; pValue: number; paired: boolean }[];
  answer: string;
}

async function boardsOf(...args: string[]): Promise<Board[]> {
  const { status, out } = await compare(...args, '--json');
  expect(status).toBe(0);
  return JSON.parse(out) as Board[];
}

async function changedLogs(change: (lines: string[]) => string[]): Promise<string> {
  const folder = await mkdtemp(join(dir, 'logs-'));
  await cp(logs, folder, { recursive: true });
  const model = join(folder, 'acme__basic-1b');
  const file = join(model, (await readdir(model)).find((name) => name.startsWith('samples_sums_choice'))!);
  await writeFile(file, change((await readFile(file, 'utf8')).trim().split('\n')).join('\n'));
  return folder;
}

describe('logs of lm-evaluation-harness', () => {
  it('gives a board for each task with the scores of the harness', async () => {
    const boards = await boardsOf(logs);
    expect(boards.map(({ task, metric, testExamples }) => [task, metric, testExamples])).toEqual([
      ['sums_choice', { name: 'acc', direction: 'maximize', range: [0, 1] }, 12],
      ['sums_written', { name: 'exact_match', direction: 'maximize', range: [0, 1] }, 12],
    ]);
    for (const model of await readdir(logs)) {
      const name = (await readdir(join(logs, model))).find((file) => file.startsWith('results_'))!;
      const { model_name, results } = JSON.parse(await readFile(join(logs, model, name), 'utf8')) as {
        model_name: string;
        results: Record<string, Record<string, number>>;
      };
      const scores = boards.map(({ rows }) => rows.find(({ method }) => method === model_name)!.score);
      expect(scores[0]).toBeCloseTo(results.sums_choice!['acc,none']!, 12);
      expect(scores[1]).toBeCloseTo(results.sums_written!['exact_match,strict']!, 12);
    }
    expect(boards[0]!.comparisons.every(({ paired }) => paired)).toBe(true);
  });

  it('reads one task by the metric and the filter that are asked for', async () => {
    const [board, ...others] = await boardsOf(logs, '--task', 'sums_written', '--filter', 'flexible');
    expect(others).toEqual([]);
    expect(board!.rows.map(({ method, score }) => [method, Number(score.toFixed(4))])).toEqual([
      ['acme/able-1b', 0.9167],
      ['acme/clever-1b', 0.75],
      ['acme/basic-1b', 0.6667],
    ]);
    const { out, err } = await compare(logs, '--task', 'sums_written');
    expect(err).toContain('read by exact_match and the filter strict; --filter flexible would read it otherwise');
    expect(out).toContain('acme/clever-1b leads with exact_match 0.33');
    expect(out).not.toContain('untrained');
  });

  it.each([
    ['a task that is not there', ['--task', 'mmlu'], '--task mmlu: the logs are of sums_choice, sums_written'],
    ['a metric that is not there', ['--metric', 'f1'], /--metric f1: .*line 1 has acc, acc_norm/],
    [
      'a filter that is not there',
      ['--filter', 'none', '--task', 'sums_written'],
      /--filter none: .* has strict, flexible/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const { status, err } = await compare(logs, ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      'fewer documents',
      (lines) => lines.slice(1),
      /basic-1b lacks 1 documents that acme\/able-1b has, and has 0 others/,
    ],
    ['a document twice', (lines) => [...lines, lines[3]!], /line 13: document 3 is there twice/],
    [
      'another document',
      ([first, ...rest]) => [first!.replace(/"doc_hash": "./, '"doc_hash": "x'), ...rest],
      /document 0 of acme\/basic-1b is not that of acme\/able-1b/,
    ],
    ['a line that is cut', (lines) => [...lines.slice(0, -1), lines.at(-1)!.slice(0, 90)], /basic-1b.*line 12: /],
    [
      'a score that is no number',
      ([first, ...rest]) => [first!.replace('"acc": ', '"acc": null, "was": '), ...rest],
      /line 1: acc is no score of a single document: choose another by --metric \(acc_norm\)/,
    ],
    ['a line that is no sample', () => ['{"id": 1}'], /line 1 is no sample of lm-evaluation-harness: doc_id/],
  ])('refuses logs with %s', async (_, change, message) => {
    const { status, err } = await compare(await changedLogs(change), '--task', 'sums_choice');
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it('refuses two logs of one model', async () => {
    const folder = await mkdtemp(join(dir, 'twice-'));
    for (const name of ['first', 'second'])
      await cp(join(logs, 'acme__able-1b'), join(folder, name), { recursive: true });
    const { status, err } = await compare(folder);
    expect(status).toBe(2);
    expect(err).toMatch(/are both of acme\/able-1b on sums_choice: name one of them/);
  });
});

describe('a table of runs', () => {
  const table = (rows: string[]) => ['method,seed,score', ...rows].join('\n');
  const file = async (name: string, text: string) => {
    await writeFile(join(dir, name), text);
    return join(dir, name);
  };

  it('tells methods apart by their seeds, and prints Markdown', async () => {
    const scores = { lora: [0.81, 0.82, 0.8], dora: [0.84, 0.85, 0.83], head: [0.5, 0.51, 0.49] };
    const rows = Object.entries(scores).flatMap(([method, of]) =>
      of.map((score, seed) => `${method},${seed},${score}`),
    );
    const path = await file('runs.csv', table(rows));
    const [board] = await boardsOf(path);
    expect(board!.rows.map(({ method, group }) => [method, group])).toEqual([
      ['dora', 'a'],
      ['lora', 'b'],
      ['head', 'c'],
    ]);
    expect((await compare(path, '--format', 'markdown')).out).toContain('| dora |');
  });

  it('names the line of a score out of range, and a metric of which nobody says the way', async () => {
    const path = await file('percent.csv', table(['lora,0,0.8', 'lora,1,81']));
    expect((await compare(path)).err).toContain(
      'line 3: score accuracy is in the range 0 to 1, got 81; divide percentages by 100',
    );
    expect((await compare(path, '--metric', 'bleu')).err).toContain('bleu: say --direction maximize or minimize');
  });

  it('refuses logs beside it', async () => {
    const path = await file('one.csv', table(['lora,0,0.8']));
    expect((await compare(path, logs)).err).toContain('compare those of one form');
    expect((await compare(dir)).err).toBeDefined();
    expect((await compare(join(dir, 'absent.csv'))).err).toContain('cannot be read (ENOENT)');
  });
});
