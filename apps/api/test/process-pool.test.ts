import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import { ProcessPool } from '../src/platform/process-pool.js';

interface Job {
  name: string;
  /** The job ends once it is there. */
  file?: string;
}
interface Answer {
  name: string;
  pid: number;
}

const script = new URL('./support/kept-process.mjs', import.meta.url);
let folder: string;
let pool: ProcessPool<Job, Answer>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-pool-'));
  pool = new ProcessPool(script, { heapMiB: 64, minutes: 1 });
});
afterEach(async () => {
  pool.close();
  await rm(folder, { recursive: true });
});

const run = async (job: Job, signal = new AbortController().signal) => (await pool.run(job, signal)) as Answer;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('gives jobs that follow each other to one process, and begins another for one that meets none free', async () => {
  const first = await run({ name: 'a' });
  expect(await run({ name: 'b' })).toEqual({ name: 'b', pid: first.pid });
  const file = join(folder, 'c');
  const waits = run({ name: 'c', file });
  await waitFor('c to run', () => existsSync(`${file}.running`));
  const beside = await run({ name: 'd' });
  expect(beside.pid).not.toBe(first.pid);
  writeFileSync(file, '');
  expect(await waits).toEqual({ name: 'c', pid: first.pid });
});

it('ends the process of a job that nobody waits for, and no other job with it', async () => {
  const { pid } = await run({ name: 'a' });
  const gone = new AbortController();
  const file = join(folder, 'b');
  const answer = pool.run({ name: 'b', file }, gone.signal);
  await waitFor('b to run', () => existsSync(`${file}.running`));
  gone.abort();
  expect(await answer).toEqual({ givenUp: true });
  expect(isAlive(pid)).toBe(false);
  expect((await run({ name: 'c' })).name).toBe('c');
});

it('says of a job that it took too long, and does the next one', async () => {
  pool = new ProcessPool(script, { heapMiB: 64, minutes: 1 / 60 });
  expect(await run({ name: 'a', file: join(folder, 'never') })).toEqual({
    exceeded: expect.stringMatching(/^not done within /),
  });
  pool = new ProcessPool(script, { heapMiB: 64, minutes: 1 });
  expect((await run({ name: 'b' })).name).toBe('b');
});

it('leaves no process behind when it is closed', async () => {
  const { pid } = await run({ name: 'a' });
  pool.close();
  await waitFor('the process to end', () => !isAlive(pid));
});
