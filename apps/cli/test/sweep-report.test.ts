/** @file Reports of sweeps, as the command line writes them. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { onPlatform } from './support/on-platform.js';

let platform: Platform;
let api: TestApi;
let folder: string;
let id: string;

const { run, json } = onPlatform(() => ({ url: api.url, key: platform.keys.submitter }));

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-report-'));
  const spec = {
    name: 'to be told',
    task: 'moby-dick',
    base: 'nano-sotu',
    methods: [{ name: 'lora' }],
    rank: [4],
    learningRate: [0.001],
    memoryBudgetMiB: [64],
    seed: [0],
    training: { steps: 5, batchSize: 2, sequenceLength: 16 },
  };
  ({ id } = await json<{ id: string }>(['sweep', 'submit', '-'], JSON.stringify(spec)));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await platform?.stop();
});

test('writes the report to a file of either format, and says where it is', async () => {
  const page = join(folder, 'page.html');
  const { status, out } = await run(['sweep', 'report', id, '--output', page]);
  expect(status).toBe(0);
  const html = await readFile(page, 'utf8');
  expect(out.trim()).toBe(`${page}: ${Buffer.byteLength(html)} bytes`);
  expect(html).toMatch(/^<!doctype html>\n[\s\S]*<h1>to be told<\/h1>/);
  const text = join(folder, 'report.md');
  expect(await json(['sweep', 'report', id, '--format', 'md', '-o', text])).toMatchObject({ name: text });
  expect(await readFile(text, 'utf8')).toMatch(/^# to be told\n/);
});

test('leaves nothing where there is no such sweep', async () => {
  const before = await readdir(folder);
  const missing = '01a20e48-c583-7731-9cc1-72d64fe4184a';
  const { status, err } = await run(['sweep', 'report', missing, '-o', join(folder, 'none.html')]);
  expect([status, err]).toEqual([3, expect.stringContaining(missing)]);
  expect(await readdir(folder)).toEqual(before);
});
