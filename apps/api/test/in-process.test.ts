import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import { inProcess } from '../src/platform/in-process.js';
import type { ProcessLimits } from '../src/platform/job-answer.js';

const script = new URL('./support/blocked-process.mjs', import.meta.url);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-processes-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (name: string) => join(folder, name);
const run = (name: string, limits: Partial<ProcessLimits> = {}) =>
  inProcess<{ name: string; file: string }, { done: string }>(
    script,
    { name, file: fileOf(name) },
    { minutes: 1, signal: new AbortController().signal, ...limits },
  );
const pidOf = (name: string) => Number(readFileSync(`${fileOf(name)}.running`, 'utf8'));
const untilRuns = (name: string) =>
  waitFor(`${name} to run`, () => existsSync(`${fileOf(name)}.running`) && pidOf(name) > 0);

/** Whether the process that ran a job is there. */
function lives(name: string): boolean {
  try {
    return process.kill(pidOf(name), 0);
  } catch {
    return false;
  }
}

it('gives the message of the process', async () => {
  writeFileSync(fileOf('a'), '');
  expect(await run('a')).toEqual({ done: 'a' });
  expect(lives('a')).toBe(false);
});

it('ends the process of a job that nobody waits for', async () => {
  const gone = new AbortController();
  const answer = run('a', { signal: gone.signal });
  await untilRuns('a');
  gone.abort();
  expect(await answer).toEqual({ givenUp: true });
  expect(lives('a')).toBe(false);
});

it('ends the process of a job that takes too long', async () => {
  expect(await run('a', { minutes: 1 / 60 })).toEqual({ exceeded: expect.stringMatching(/^not done within /) });
});

it('says of a process that filled its heap with one value that it needs more', async () => {
  expect(await run('heap', { heapMiB: 64 })).toEqual({ exceeded: 'needs more than 64 MiB of memory' });
});

// Where the memory of a process is read from.
it.runIf(existsSync('/proc/self/status'))(
  'ends a process that holds more memory than it may beside its heap',
  async () => {
    expect(await run('memory', { heapMiB: 64, memoryMiB: 200 })).toEqual({
      exceeded: 'needs more than 200 MiB of memory',
    });
    expect(lives('memory')).toBe(false);
  },
);

it('says how a process ended that gave no message', async () => {
  expect(await run('dies')).toEqual({ failed: 'its process ended with 7' });
});

/** Holds the loop until that process has ended, and the system has told so, which nobody here has heard yet. */
function blockUntilEnded(pid: number): void {
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  execFileSync('true'); // another process takes long enough for the signal of this one to come
}

// The system tells of all ended processes at once, after the messages that it found before: the last one of a process that ended since is unread.
it.runIf(existsSync('/proc/self/stat'))(
  'takes an answer that is read after the exit of its process is told',
  async () => {
    const answer = run('late');
    await untilRuns('late');
    const first = fork(fileURLToPath(script), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    first.send({ name: 'first', file: fileOf('first') });
    await untilRuns('first');
    const told = once(first, 'message').then(() => {
      writeFileSync(fileOf('late'), '');
      blockUntilEnded(pidOf('late'));
    });
    writeFileSync(fileOf('first'), '');
    blockUntilEnded(pidOf('first'));
    await told;
    expect(await answer).toEqual({ done: 'late' });
  },
);
