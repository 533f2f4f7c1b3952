import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import {
  expectSoundHistories,
  losses,
  states,
  steps,
  submit,
  tinySweep,
  trainings,
  untilCompleted,
} from './worker-sweeps.js';

const trainingSteps = 100;

let platform: TinyPlatform;
let api: TestApi;
let base: string;
let sweepId: string;
let seed = 0;

beforeAll(async () => {
  platform = await createTinyPlatform({ servers: 'own' });
  ({ api, base } = platform);
  await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '2' });
});

afterAll(() => platform.stop());

/** A sweep of four trainings of which some have ended or run, and some have not begun. */
beforeEach(async () => {
  const seeds = Array.from({ length: 4 }, () => ++seed);
  sweepId = await submit(
    platform,
    api,
    tinySweep(base, { seed: seeds, training: { steps: trainingSteps, batchSize: 8, sequenceLength: 32 } }),
  );
  await waitFor('the sweep to be under way', async () => {
    const all = await trainings(platform, sweepId);
    return all.some(({ state, step }) => state === 'RUNNING' && step > 0);
  });
});

/** Every training succeeded, once, with one value for every step. */
async function expectWhole(): Promise<void> {
  await untilCompleted(platform, sweepId);
  for (const trial of await trainings(platform, sweepId)) {
    expect(trial).toMatchObject({ state: 'SUCCEEDED', step: trainingSteps });
    expect((await losses(platform, trial.id)).map(([step]) => step)).toEqual(steps(1, trainingSteps));
    expect((await states(platform, trial.id)).filter((state) => state === 'SUCCEEDED')).toHaveLength(1);
  }
}

it('Redis flushed in mid-sweep: the sweep completes', async () => {
  const redis = new Redis(platform.redisUrl);
  await redis.flushall();
  await redis.quit();
  await expectWhole();
});

it('Redis stopped in mid-sweep: what runs goes on, and the rest follows when it is back', async () => {
  const { servers } = platform;
  if (!servers) throw new Error('the platform has servers of its own');
  await servers.redis.stop();
  const succeeded = () => platform.db.trial.count({ where: { sweepId, state: 'SUCCEEDED' } });
  const before = await succeeded();
  await waitFor('a training to succeed without Redis', async () => (await succeeded()) > before);
  await servers.restartRedis();
  await expectWhole();
});

it('the API restarted in mid-sweep: the sweep goes on', async () => {
  await api.stop();
  const running = await trainings(platform, sweepId);
  await waitFor('the worker to go on without it', async () => {
    const now = await trainings(platform, sweepId);
    return now.some(({ step }, index) => step > (running[index]?.step ?? 0));
  });
  api = await platform.startApi({ PORT: new URL(api.url).port });
  await expectWhole();
});

it('Postgres stopped for 20 s: nothing is lost', async () => {
  const { servers } = platform;
  if (!servers) throw new Error('the platform has servers of its own');
  const before = await trainings(platform, sweepId);
  await servers.postgres.stop();
  await sleep(20_000); // the outage itself
  await servers.restartPostgres();
  await waitFor('Postgres to answer', () => platform.db.$queryRaw`SELECT 1`);
  const after = await trainings(platform, sweepId);
  expect(after.filter(({ state }) => state === 'SUCCEEDED').length).toBeGreaterThanOrEqual(
    before.filter(({ state }) => state === 'SUCCEEDED').length,
  );
  await expectWhole();
  const attempts = await platform.db.attempt.findMany({ where: { trial: { sweepId, kind: 'train' } } });
  expect(attempts.filter(({ outcome }) => outcome === 'failed' || outcome === 'child-died')).toEqual([]);
});

it('waits for a store of artifacts that is away, and no attempt fails', async () => {
  const artifacts = join(platform.dataDir, 'artifacts');
  await rename(artifacts, `${artifacts}.away`);
  await waitFor('a training to wait for it', () =>
    platform.db.attempt.count({ where: { trial: { sweepId }, logTail: { contains: 'the adapter cannot be stored' } } }),
  );
  await rename(`${artifacts}.away`, artifacts);
  await expectWhole();
  expect(await platform.db.attempt.count({ where: { trial: { sweepId }, outcome: { not: 'succeeded' } } })).toBe(0);
});

it('leaves sound histories', () => expectSoundHistories(platform));
