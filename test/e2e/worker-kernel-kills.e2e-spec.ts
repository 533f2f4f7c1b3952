/** @file The kernel kills trainings for memory: who filled it alone is over its budget, and the others have their results. */
import { fileURLToPath } from 'node:url';
import { childEnvironment, type RunningWorker, readSettings, startWorker, TrainerPool } from '@rankforge/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

const training = { steps: 200, checkpointEvery: 20 };

let platform: TinyPlatform;
let pool: TrainerPool;
let worker: RunningWorker;
/** What the kernel would count. */
let kills = 0;

beforeAll(async () => {
  platform = await createTinyPlatform();
  const settings = readSettings({
    DATABASE_URL: platform.databaseUrl,
    REDIS_URL: platform.redisUrl,
    RANKFORGE_DATA_DIR: platform.dataDir,
    RANKFORGE_MODELS_DIR: platform.modelsDir,
    RANKFORGE_WORKER_SLOTS: '2',
    RANKFORGE_PACK_SIZE: '1',
    RANKFORGE_PATIENCE_SECONDS: '0',
  });
  pool = new TrainerPool({
    script: fileURLToPath(new URL('../../apps/worker/dist/trainer/child.bundle.js', import.meta.url)),
    env: childEnvironment(settings),
    stopWithinMs: 20_000,
    kernelKills: () => kills,
  });
  worker = await startWorker(settings, pino({ level: 'silent' }), { executor: pool });
});

afterAll(async () => {
  await worker?.drain();
  if (platform) await expectSoundHistories(platform);
  await platform?.stop();
});

/** What the kernel does when a group has no memory left, without filling this machine's. */
function killOne(): void {
  kills += 1;
  process.kill(pool.pids[0] as number, 'SIGKILL');
}

it('at no cost beside others, then with the device to itself, where it is the trial that does not fit', async () => {
  const sweepId = await submit(
    platform,
    platform.api,
    tinySweep(platform.base, { seed: [0, 1], retries: 0, training }),
  );
  await waitFor('both to train', async () => {
    const trials = await trainings(platform, sweepId);
    return trials.every(({ artifacts }) => artifacts.some(({ kind }) => kind === 'checkpoint'));
  });
  expect(pool.pids).toHaveLength(2);
  killOne();
  const { id: killed } = await waitFor('one to go back', async () =>
    (await trainings(platform, sweepId)).find(({ attemptList }) => attemptList[0]?.outcome === 'child-died'),
  );
  // Trials and attempts are read one after the other: what was read above may hold a trial of before its attempt's end.
  const victim = (await trainings(platform, sweepId)).find(({ id }) => id === killed)!;
  expect(victim).toMatchObject({ wholeDevice: true, alone: true, maxAttempts: 2 });
  expect(victim.attemptList[0]?.reason).toMatch(
    /the kernel killed it while the host was out of memory.*others trained on this worker, so it is tried again with the device to itself$/,
  );
  const later = await submit(platform, platform.api, tinySweep(platform.base, { seed: [2] }));

  const again = (await trainings(platform, sweepId)).findIndex(({ id }) => id === victim.id);
  await waitFor(
    'it to go on',
    async () => typeof (await trainings(platform, sweepId))[again]?.attemptList[1]?.resumedFromStep === 'number',
  );
  expect(pool.pids).toHaveLength(1);
  killOne();
  await Promise.all([untilCompleted(platform, sweepId), untilCompleted(platform, later)]);

  const trials = await trainings(platform, sweepId);
  const ended = trials.find(({ id }) => id === victim.id);
  expect(ended).toMatchObject({ state: 'OVER_BUDGET', attemptList: { 1: { outcome: 'over-budget' } } });
  expect(ended?.reason).toMatch(/the kernel killed it.*at a measured peak of \d+ bytes; predicted were \d+ bytes/);
  const [innocent] = trials.filter(({ id }) => id !== victim.id);
  expect(innocent).toMatchObject({ state: 'SUCCEEDED', attemptList: [{ outcome: 'succeeded' }] });

  const alone = ended!.attemptList[1]!;
  const beside = await platform.db.attempt.findMany({ where: { trialId: { not: victim.id } } });
  expect(beside.length).toBeGreaterThan(2);
  const overlap = beside.filter(
    ({ startedAt, endedAt }) => !(endedAt! <= alone.startedAt || startedAt >= alone.endedAt!),
  );
  expect(overlap).toEqual([]);
});
