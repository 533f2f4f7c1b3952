import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@rankforge/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlatform, type Platform, type TestApi, waitFor } from '../support/index.js';
import { writeTinyBase } from '../support/tiny-base.js';
import {
  childOf,
  expectSoundHistories,
  longTraining,
  losses,
  onlyTraining,
  states,
  steps,
  submit,
  tinySweep,
  trainings,
  untilCheckpoint,
  untilCompleted,
} from './worker-sweeps.js';

let modelsDir: string;
let base: string;
/** Training losses of the run that nobody interrupted, by step. */
let undisturbed: [number, number][];

/** A platform with an API and no worker yet. */
async function open(): Promise<{
  platform: Platform;
  api: TestApi;
  startWorker(env?: NodeJS.ProcessEnv): ReturnType<Platform['startWorker']>;
  /** For what is looked at before or after a worker is killed. */
  hostWorker(): ReturnType<Platform['hostWorker']>;
}> {
  const platform = await createPlatform();
  const api = await platform.hostApi({ RANKFORGE_MODELS_DIR: modelsDir });
  const settings = { RANKFORGE_MODELS_DIR: modelsDir, RANKFORGE_WORKER_SLOTS: '1' };
  return {
    platform,
    api,
    startWorker: (env = {}) => platform.startWorker({ ...settings, ...env }),
    hostWorker: () => platform.hostWorker(settings),
  };
}

beforeAll(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'rankforge-models-'));
  base = await writeTinyBase(modelsDir);
  const { platform, api, hostWorker } = await open();
  try {
    await hostWorker();
    const sweepId = await submit(platform, api, tinySweep(base, { training: longTraining }));
    await untilCompleted(platform, sweepId);
    undisturbed = await losses(platform, (await onlyTraining(platform, sweepId)).id);
  } finally {
    await platform.stop();
  }
  expect(undisturbed.map(([step]) => step)).toEqual(steps(1, longTraining.steps));
});

afterAll(() => rm(modelsDir, { recursive: true, force: true }));

describe('a training that is interrupted', () => {
  let platform: Platform;
  let api: TestApi;
  let startWorker: Awaited<ReturnType<typeof open>>['startWorker'];
  let hostWorker: Awaited<ReturnType<typeof open>>['hostWorker'];
  beforeAll(async () => {
    ({ platform, api, startWorker, hostWorker } = await open());
  });
  afterAll(async () => {
    await expectSoundHistories(platform);
    await platform.stop();
  });

  /** The interrupted trial ended as if nothing had happened. */
  async function expectUndisturbed(sweepId: string): Promise<void> {
    const trial = await onlyTraining(platform, sweepId);
    expect(trial).toMatchObject({ state: 'SUCCEEDED', step: longTraining.steps, reason: null });
    expect(await losses(platform, trial.id)).toEqual(undisturbed);
    expect(await platform.db.metric.count({ where: { trialId: trial.id, name: 'memory/peak' } })).toBe(
      longTraining.steps,
    );
    expect(trial.artifacts.map(({ kind }) => kind)).toEqual(['adapter']);
  }

  it('is taken up by another worker from its checkpoint, within 15 s, after kill -9 of its own', async () => {
    const workers = [await startWorker(), await startWorker()];
    const sweepId = await submit(platform, api, tinySweep(base, { training: longTraining }));
    const before = await untilCheckpoint(platform, sweepId);
    const pid = before.attemptList[0]?.worker?.pid as number;
    process.kill(pid, 'SIGKILL');
    const taken = await waitFor('another worker to take the trial', async () => {
      const trial = await onlyTraining(platform, sweepId);
      return trial.attempts === 2 ? trial : undefined;
    });
    expect(taken.attemptList[1]?.worker?.pid).toBe(workers.find((worker) => worker.pid !== pid)?.pid);
    await untilCompleted(platform, sweepId);
    const trial = await onlyTraining(platform, sweepId);
    expect(await states(platform, trial.id)).toEqual(['QUEUED', 'RUNNING', 'QUEUED', 'RUNNING', 'SUCCEEDED']);
    expect(trial.attemptList.map(({ outcome }) => outcome)).toEqual(['lease-lost', 'succeeded']);
    expect(trial.attemptList[1]?.resumedFromStep).toBeGreaterThanOrEqual(longTraining.checkpointEvery);
    await expectUndisturbed(sweepId);
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  it('leaves a checkpoint at its last step, and costs no attempt, at SIGTERM of its worker', async () => {
    const first = await startWorker();
    const sweepId = await submit(
      platform,
      api,
      tinySweep(base, { seed: [0], reuse: false, retries: 0, training: longTraining }),
    );
    await untilCheckpoint(platform, sweepId);
    await first.stop();
    const waiting = await onlyTraining(platform, sweepId);
    expect(waiting).toMatchObject({ state: 'QUEUED', attempts: 1, attemptList: [{ outcome: 'handed-back' }] });
    const kept = Math.max(...waiting.artifacts.map(({ step }) => step));
    expect(kept).toBe((await losses(platform, waiting.id)).at(-1)?.[0]);
    const second = await hostWorker();
    await untilCompleted(platform, sweepId);
    const trial = await onlyTraining(platform, sweepId);
    expect(trial.attemptList[1]).toMatchObject({ outcome: 'succeeded', resumedFromStep: kept });
    await expectUndisturbed(sweepId);
    await second.stop();
    const stopped = await platform.db.worker.findMany({ orderBy: { startedAt: 'desc' }, take: 2 });
    expect(stopped[1]!.pid).toBe(first.pid);
    expect(stopped.every(({ stoppedAt }) => stoppedAt !== null)).toBe(true);
  });

  it('ends at once at a second signal, with its training process, and is taken up by another worker', async () => {
    const first = await startWorker();
    const sweepId = await submit(platform, api, tinySweep(base, { seed: [0], reuse: false, training: longTraining }));
    await untilCheckpoint(platform, sweepId);
    const child = await childOf(first.pid);
    process.kill(first.pid, 'SIGTERM');
    process.kill(first.pid, 'SIGINT');
    expect(await first.exited).toMatchObject({ code: 1 });
    await waitFor('the training process to end', () => !isAlive(child));
    const second = await hostWorker();
    await untilCompleted(platform, sweepId);
    await expectUndisturbed(sweepId);
    await second.stop();
  });

  it('goes on in the same worker after kill -9 of its training process', async () => {
    const worker = await startWorker();
    const sweepId = await submit(platform, api, tinySweep(base, { seed: [0], reuse: false, training: longTraining }));
    await untilCheckpoint(platform, sweepId);
    process.kill(await childOf(worker.pid), 'SIGKILL');
    await untilCompleted(platform, sweepId);
    const trial = await onlyTraining(platform, sweepId);
    expect(trial.attemptList.map(({ outcome, workerId }) => [outcome, workerId])).toEqual([
      ['child-died', trial.workerId],
      ['succeeded', trial.workerId],
    ]);
    expect(trial.attemptList[0]?.reason).toBe('the training process ended (SIGKILL)');
    await expectUndisturbed(sweepId);
    await worker.stop();
  });

  it('goes on from its checkpoint when its training process is frozen, and says for how long nothing moved', async () => {
    // It may be frozen while it stores the checkpoint, which has a bound of its own.
    const worker = await startWorker({ RANKFORGE_STALL_SECONDS: '4', RANKFORGE_PREPARE_STALL_SECONDS: '40' });
    const sweepId = await submit(platform, api, tinySweep(base, { seed: [0], reuse: false, training: longTraining }));
    await untilCheckpoint(platform, sweepId);
    process.kill(await childOf(worker.pid), 'SIGSTOP');
    await untilCompleted(platform, sweepId);
    const { attemptList } = await onlyTraining(platform, sweepId);
    expect(attemptList.map(({ outcome }) => outcome)).toEqual(['child-died', 'succeeded']);
    const [frozen, second] = attemptList;
    const [, seconds] = /^nothing moved in the training process for ([\d.]+) s \(.*\), so it was killed$/.exec(
      frozen?.reason ?? '',
    )!;
    expect(Number(seconds)).toBeGreaterThanOrEqual(4);
    expect(second?.resumedFromStep).toBeGreaterThanOrEqual(longTraining.checkpointEvery);
    await expectUndisturbed(sweepId);
    await worker.stop();
  });

  it('fails when its process dies at the last attempt, and its neighbours are spared', async () => {
    const worker = await startWorker({ RANKFORGE_PACK_SIZE: '1' });
    const sweepId = await submit(
      platform,
      api,
      tinySweep(base, { seed: [41, 42], retries: 0, training: longTraining }),
    );
    await waitFor('the first trial to run', async () =>
      (await trainings(platform, sweepId)).some(({ step }) => step > 0),
    );
    process.kill(await childOf(worker.pid), 'SIGKILL');
    await untilCompleted(platform, sweepId);
    const trials = await trainings(platform, sweepId);
    expect(trials.map(({ state }) => state).sort()).toEqual(['FAILED', 'SUCCEEDED']);
    expect(trials.find(({ state }) => state === 'FAILED')?.reason).toBe(
      'the training process ended (SIGKILL); this was attempt 1 of 1',
    );
    await worker.stop();
  });
});
