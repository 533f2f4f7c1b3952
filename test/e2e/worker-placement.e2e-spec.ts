import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { MIB, type WorkerList } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, submit, tinySweep, trainings } from './worker-sweeps.js';

/** Trials may take this much together: a trial of the class of 128 MiB needs all of it. */
const roomMiB = 128;

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  const limit = constrainedMemory() || Number.POSITIVE_INFINITY;
  const usableMiB = Math.floor((Math.min(limit, totalmem()) * 0.8) / MIB);
  await platform.hostWorker({
    RANKFORGE_WORKER_SLOTS: '2',
    RANKFORGE_KEEP_FREE_MIB: `host=${usableMiB - roomMiB}`,
    RANKFORGE_PATIENCE_SECONDS: '1',
    RANKFORGE_PACK_SIZE: '1',
  });
});

afterAll(() => platform.stop());

it('a trial that needs the whole device begins while smaller ones still wait', async () => {
  const small = await submit(
    platform,
    api,
    tinySweep(base, {
      seed: Array.from({ length: 6 }, (_, seed) => seed),
      training: { steps: 10, batchSize: 8, sequenceLength: 32 },
    }),
  );
  const large = await submit(
    platform,
    api,
    tinySweep(base, { name: 'large', training: { steps: 2, batchSize: 420, sequenceLength: 64 } }),
  );
  const ended = async () => {
    const trials = [...(await trainings(platform, small)), ...(await trainings(platform, large))];
    return trials.every(({ finishedAt }) => finishedAt !== null);
  };
  await waitFor('all trainings to end', ended, { everyMs: 200 });
  const [whole] = await trainings(platform, large);
  expect(whole).toMatchObject({ state: 'SUCCEEDED', memoryClassMiB: 128, attempts: 1 });
  const others = await trainings(platform, small);
  expect(others.map(({ state }) => state)).toEqual(others.map(() => 'SUCCEEDED'));
  const began = whole!.startedAt!.getTime();
  expect(others.filter(({ startedAt }) => startedAt!.getTime() > began).length).toBeGreaterThan(0);
  // It had the device for itself: nothing else ran when it began.
  expect(others.filter((o) => o.startedAt!.getTime() < began && o.finishedAt!.getTime() > began)).toEqual([]);
  await expectSoundHistories(platform);
});

it('the workers page is told what is kept free and what others use', async () => {
  const response = await platform.request(api, '/v1/workers');
  const { workers } = (await response.json()) as WorkerList;
  const host = workers[0]!.devices.find(({ id }) => id === 'host')!;
  expect(host.capacityBytes).toBeLessThanOrEqual((roomMiB + 1) * MIB);
  expect(host.keptFreeBytes! + host.capacityBytes).toBeLessThanOrEqual(Math.floor(host.totalBytes * 0.8));
  expect(host.usedByOthersBytes).toBeGreaterThanOrEqual(0);
});
