/** @file Sweeps of one priority take turns: a small one does not wait for all of a large one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlatform, type Platform, type TestApi, waitFor } from '../support/index.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { expectSoundHistories, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: Platform;
let api: TestApi;
let modelsDir: string;
let base: string;
beforeAll(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'rankforge-turns-'));
  base = await writeTinyBase(modelsDir);
  platform = await createPlatform();
  api = await platform.hostApi({ RANKFORGE_MODELS_DIR: modelsDir });
});
afterAll(async () => {
  await platform.stop();
  await rm(modelsDir, { recursive: true, force: true });
});

const sweepOf = (seeds: readonly number[], packed: boolean) =>
  submit(
    platform,
    api,
    tinySweep(base, { seed: [...seeds], training: { steps: packed ? 10 : 11, batchSize: 4, sequenceLength: 16 } }),
  );

it.each([
  ['one after another', '1'],
  ['in packs', '2'],
])('of trials that run %s', async (_, packSize) => {
  const packed = packSize !== '1';
  const large = await sweepOf(
    Array.from({ length: 14 }, (_, seed) => seed),
    packed,
  );
  const worker = await platform.hostWorker({
    RANKFORGE_MODELS_DIR: modelsDir,
    RANKFORGE_WORKER_SLOTS: '1',
    RANKFORGE_PACK_SIZE: packSize,
  });
  await waitFor('some of the large sweep', async () => {
    const done = (await trainings(platform, large)).filter(({ state }) => state === 'SUCCEEDED');
    return done.length >= 3;
  });
  const small = await sweepOf([100, 101], packed);
  await untilCompleted(platform, small);
  await untilCompleted(platform, large);
  const ended = (await trainings(platform, small)).map(({ finishedAt }) => finishedAt!.getTime());
  const after = (await trainings(platform, large)).filter(
    ({ startedAt }) => startedAt!.getTime() >= Math.max(...ended) - 1,
  );
  expect(after.length, 'of the large sweep begun after the small one').toBeGreaterThanOrEqual(3);
  await expectSoundHistories(platform);
  await worker.stop();
});
