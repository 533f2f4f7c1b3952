/** @file Trials that train together in one process, as a user sees them: the same results, and each its own fate. */
import type { TrialDetail } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import {
  act,
  childOf,
  expectSoundHistories,
  losses,
  states,
  submit,
  tinySweep,
  trainings,
  untilCompleted,
} from './worker-sweeps.js';

const seeds = [0, 1, 2];
const training = { steps: 80, batchSize: 8, sequenceLength: 32, checkpointEvery: 10 };

let base: string;
let platform: TinyPlatform;
let api: TestApi;
/** Training losses of each seed, from a worker that packs nothing. */
const alone = new Map<number, [number, number][]>();

const startWorker = (env: NodeJS.ProcessEnv = {}) => platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1', ...env });
const fresh = (overrides: Parameters<typeof tinySweep>[1] = {}) =>
  submit(platform, api, tinySweep(base, { seed: seeds, reuse: false, training, ...overrides }));

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  const worker = await startWorker({ RANKFORGE_PACK_SIZE: '1' });
  const sweepId = await fresh();
  await untilCompleted(platform, sweepId);
  for (const { id, seed, attemptList } of await trainings(platform, sweepId)) {
    expect(attemptList).toMatchObject([{ packId: null, outcome: 'succeeded' }]);
    alone.set(seed, await losses(platform, id));
  }
  await worker.stop();
});

afterAll(async () => {
  await expectSoundHistories(platform);
  await platform.stop();
});

async function expectAsAlone(sweepId: string): Promise<void> {
  for (const trial of await trainings(platform, sweepId)) {
    expect(trial).toMatchObject({ state: 'SUCCEEDED', step: training.steps, reason: null });
    expect(await losses(platform, trial.id), `seed ${trial.seed}`).toEqual(alone.get(trial.seed));
    expect(trial.artifacts.map(({ kind }) => kind)).toEqual(['adapter']);
  }
}

const untilAllTrain = (sweepId: string) =>
  waitFor('all trials of the pack to train', async () => {
    const trials = await trainings(platform, sweepId);
    const train = trials.every(
      ({ state, artifacts }) => state === 'RUNNING' && artifacts.some(({ kind }) => kind === 'checkpoint'),
    );
    return train ? trials : undefined;
  });

it('leave the losses of trainings alone, and say who was beside them', async () => {
  const worker = await startWorker();
  const sweepId = await fresh();
  await untilCompleted(platform, sweepId);
  await expectAsAlone(sweepId);
  const trials = await trainings(platform, sweepId);
  expect(new Set(trials.map(({ attemptList }) => attemptList[0]?.packId)).size).toBe(1);
  for (const { id } of trials) {
    expect(await states(platform, id)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    const response = await platform.request(api, `/v1/trials/${id}`);
    const { attemptList } = (await response.json()) as TrialDetail;
    expect(attemptList[0]?.packedWith.toSorted()).toEqual(
      trials
        .map((trial) => trial.id)
        .filter((other) => other !== id)
        .sort(),
    );
  }
  await worker.stop();
});

it('go on by themselves after kill -9 of their process, and it costs none an attempt', async () => {
  const worker = await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  const sweepId = await fresh({ retries: 0 });
  await untilAllTrain(sweepId);
  process.kill(await childOf(worker.pid), 'SIGKILL');
  await untilCompleted(platform, sweepId);
  await expectAsAlone(sweepId);
  for (const { attemptList, alone: apart } of await trainings(platform, sweepId)) {
    expect(apart).toBe(true);
    expect(attemptList).toMatchObject([
      { outcome: 'child-died', packId: expect.any(String) },
      { outcome: 'succeeded', packId: null, resumedFromStep: expect.any(Number) },
    ]);
    expect(attemptList[0]?.reason).toBe(
      'the training process ended (SIGKILL); 2 others trained in it, so each is tried again alone',
    );
  }
  await worker.stop();
});

it('go on when one of them is cancelled', async () => {
  const kept = await fresh({ seed: [0, 1] });
  const cancelled = await fresh({ seed: [2] });
  const worker = await startWorker();
  await untilAllTrain(kept);
  const [other] = await untilAllTrain(cancelled);
  const [one] = await trainings(platform, kept);
  expect(other?.attemptList[0]?.packId).toBe(one?.attemptList[0]?.packId);
  await act(platform, api, cancelled, 'cancel');
  await untilCompleted(platform, kept);
  await expectAsAlone(kept);
  const [gone] = await trainings(platform, cancelled);
  expect(gone).toMatchObject({ state: 'CANCELLED', attemptList: [{ outcome: 'cancelled' }] });
  await worker.stop();
});

it('go on, equal to the bit, when one of them is pruned', async () => {
  const kept = await fresh({ seed: [0, 1] });
  const pruned = await fresh({ seed: [2] });
  const worker = await startWorker();
  const [one, two] = await untilAllTrain(kept);
  const [gone] = await untilAllTrain(pruned);
  expect([two, gone].map((trial) => trial?.attemptList[0]?.packId)).toEqual(Array(2).fill(one?.attemptList[0]?.packId));
  // As the planner writes what a strategy stops.
  await platform.db.$executeRaw`
    UPDATE "Trial" SET "state" = 'PRUNED', "reason" = 'worse than the median',
      "finishedAt" = clock_timestamp(), "leaseExpiresAt" = NULL
    WHERE "id" = ${gone!.id}::uuid AND "state" = 'RUNNING'`;
  await untilCompleted(platform, kept);
  await expectAsAlone(kept);
  for (const { attemptList } of await trainings(platform, kept)) expect(attemptList).toHaveLength(1);
  const stopped = await waitFor('its checkpoints to go', async () =>
    (await trainings(platform, pruned)).find(({ artifacts }) => artifacts.length === 0),
  );
  expect(stopped).toMatchObject({ state: 'PRUNED', attemptList: [{ outcome: 'cancelled' }] });
  expect(stopped.step).toBeLessThan(training.steps);
  await worker.stop();
});

it('leave a checkpoint each when their worker drains, and another packs them again', async () => {
  const first = await startWorker();
  const sweepId = await fresh({ retries: 0 });
  await untilAllTrain(sweepId);
  await first.stop();
  for (const trial of await trainings(platform, sweepId)) {
    expect(trial).toMatchObject({ state: 'QUEUED', alone: false, attemptList: [{ outcome: 'handed-back' }] });
    const kept = Math.max(...trial.artifacts.map(({ step }) => step));
    expect(kept).toBe((await losses(platform, trial.id)).at(-1)?.[0]);
  }
  const second = await startWorker();
  await untilCompleted(platform, sweepId);
  await expectAsAlone(sweepId);
  await second.stop();
});
