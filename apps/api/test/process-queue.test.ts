import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import { ProcessQueue } from '../src/platform/process-queue.js';

interface Job {
  name: string;
  /** The job ends once it is there. */
  file: string;
}

const script = new URL('./support/blocked-process.mjs', import.meta.url);
let folder: string;
let queue: ProcessQueue<Job, { done: string }>;
/** Names of the jobs that were answered, in order. */
let answered: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-queue-'));
  answered = [];
  queue = new ProcessQueue(script, { heapMiB: 64, minutes: 1, atOnce: 2, waiting: 2 });
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (name: string) => join(folder, name);
const runs = (name: string) => existsSync(`${fileOf(name)}.running`);
const untilRuns = (name: string) => waitFor(`${name} to run`, () => runs(name));
const letEnd = (name: string) => writeFileSync(fileOf(name), '');

async function submit(name: string, signal = new AbortController().signal) {
  const answer = await queue.run({ name, file: fileOf(name) }, { owner: name[0]!, signal });
  answered.push(name);
  return answer;
}

it('lets owners take turns, so that none waits for all the jobs of another', async () => {
  const jobs = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => submit(name));
  await untilRuns('a1');
  await untilRuns('b1');
  expect(['a2', 'a3', 'b2', 'c1'].filter(runs)).toEqual([]);
  letEnd('a1');
  await untilRuns('c1');
  expect(runs('a2')).toBe(false);
  letEnd('b1');
  await untilRuns('a2');
  for (const name of ['a2', 'a3', 'b2', 'c1']) letEnd(name);
  expect(await Promise.all(jobs)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((done) => ({ done })));
  expect(answered.slice(0, 2)).toEqual(['a1', 'b1']);
});

it('ends the process of a job that nobody waits for, and forgets one that has not begun', async () => {
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = submit('a1', running.signal);
  const second = submit('a2', waiting.signal);
  const third = submit('a3');
  await untilRuns('a1');
  waiting.abort();
  expect(await second).toEqual({ givenUp: true });
  running.abort();
  expect(await first).toEqual({ givenUp: true });
  await untilRuns('a3');
  letEnd('a3');
  expect(await third).toEqual({ done: 'a3' });
  expect(runs('a2')).toBe(false);
  expect(await submit('a4', AbortSignal.abort())).toEqual({ givenUp: true });
  expect(runs('a4')).toBe(false);
});

it('begins no job of an owner of whom as many wait as may, and those of others', async () => {
  const jobs = ['a1', 'a2', 'a3'].map((name) => submit(name));
  expect(await submit('a4')).toEqual({ waiting: 2 });
  const other = submit('b1');
  for (const name of ['a1', 'a2', 'a3', 'b1']) letEnd(name);
  expect(await Promise.all([...jobs, other])).toEqual(['a1', 'a2', 'a3', 'b1'].map((done) => ({ done })));
  expect(runs('a4')).toBe(false);
});

it('answers that a job took too long only when its process has ended', async () => {
  queue = new ProcessQueue(script, { heapMiB: 64, minutes: 1 / 60, atOnce: 1, waiting: 2 });
  expect(await submit('a1')).toEqual({ exceeded: expect.stringMatching(/^not done within /) });
  await rm(`${fileOf('a1')}.running`, { force: true });
  await sleep(50);
  expect(runs('a1')).toBe(false);
});

it('gives back a job that waited as long as one may', async () => {
  queue = new ProcessQueue(script, { heapMiB: 64, minutes: 1, atOnce: 1, waiting: 2, patienceSeconds: 0.2 });
  const first = submit('a1');
  expect(await submit('b1')).toEqual({ waitedSeconds: 0.2 });
  letEnd('a1');
  expect(await first).toEqual({ done: 'a1' });
  expect(runs('b1')).toBe(false);
});
