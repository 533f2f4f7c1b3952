import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StoringTools, storeAdapter, storeCheckpoint } from '../src/trainer/storing.js';

const bytes = new Uint8Array([1, 2, 3]);

let folder: string;
let store: ArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-storing-'));
  store = new ArtifactStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A store that is full, or fails otherwise, for its first `times` writes. */
function tools(times: number, code = 'ENOSPC'): StoringTools & { lines: string[]; stop: AbortController } {
  const lines: string[] = [];
  const stop = new AbortController();
  let left = times;
  return {
    lines,
    stop,
    signal: stop.signal,
    patienceMs: 60_000,
    reports: { log: (line) => lines.push(line) },
    store: {
      async put(given) {
        left -= 1;
        if (left >= 0) throw Object.assign(new Error(`${code}: write`), { code });
        return store.put(given);
      },
    },
  };
}

it('gives up a checkpoint that a full disk does not take, and says so', async () => {
  const full = tools(1);
  expect(await storeCheckpoint(full, bytes, 8)).toBeUndefined();
  expect(full.lines).toEqual(['the checkpoint of step 8 was not stored (ENOSPC: write); training goes on']);
  const stored = await storeCheckpoint(full, bytes, 16);
  expect(stored).toMatchObject({ step: 16, bytes: 3 });
  expect([...(await store.read(stored!.sha256))]).toEqual([1, 2, 3]);
});

it('stores an adapter once the disk has room again, and says once that it waits', async () => {
  const full = tools(2);
  expect(await storeAdapter(full, bytes, 40)).toMatchObject({ step: 40, bytes: 3 });
  expect(full.lines).toEqual(['the adapter cannot be stored (ENOSPC: write); trying again']);
});

it('waits no longer for the disk when the run is stopped', async () => {
  const full = tools(Number.POSITIVE_INFINITY);
  const waiting = storeAdapter(full, bytes, 40);
  full.stop.abort('drain');
  expect(await waiting).toBeUndefined();
});

it('waits no longer than its patience', async () => {
  await expect(storeAdapter({ ...tools(Number.POSITIVE_INFINITY), patienceMs: 1 }, bytes, 40)).rejects.toThrow(
    'ENOSPC: write',
  );
});

it.each([
  ['checkpoint', storeCheckpoint],
  ['adapter', storeAdapter],
])('does not hide another error behind a %s', async (_, put) => {
  await expect(put(tools(1, 'EACCES'), bytes, 8)).rejects.toThrow('EACCES: write');
});
