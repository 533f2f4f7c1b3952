/** @file Sweeps for the tests of workers: small enough to run in seconds, real in every part. */
import { randomUUID } from 'node:crypto';
import { type CreateSweepInput, MemoryByPart, type Problem, type SweepView } from '@rankforge/contracts';
import { checkHistory } from '@rankforge/db';
import { expect } from 'vitest';
import { type Platform, type TestApi, waitFor } from '../support/index.js';
import { childrenOf } from '../support/stray-processes.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { addTinyDataset, type TinyPlatform } from '../support/tiny-platform.js';

type Overrides = Omit<Partial<CreateSweepInput>, 'training'> & { training?: CreateSweepInput['training'] };

/** One LoRA training on the tiny data set, which `submit` adds, with an untrained tiny base. */
export function tinySweep(base: string, overrides: Overrides = {}): CreateSweepInput {
  const { training, ...rest } = overrides;
  return {
    name: 'worker test',
    task: tinyTask,
    base,
    methods: [{ name: 'lora' }],
    rank: [2],
    memoryBudgetMiB: [512],
    learningRate: [0.01],
    seed: [0],
    training: { steps: 60, batchSize: 8, sequenceLength: 32, checkpointEvery: 20, ...training },
    ...rest,
  };
}

/** A training that is long enough to be interrupted: some two seconds on one core. */
export const longTraining = { steps: 160, batchSize: 4, sequenceLength: 32, checkpointEvery: 40 };

export async function submit(platform: Platform, api: TestApi, sweep: CreateSweepInput): Promise<string> {
  if (sweep.task === tinyTask) await addTinyDataset(platform, api);
  const response = await platform.request(api, '/v1/sweeps', {
    body: sweep,
    role: 'submitter',
    headers: { 'idempotency-key': randomUUID() },
  });
  const body = (await response.json()) as SweepView;
  expect(response.status, JSON.stringify(body)).toBe(201);
  return body.id;
}

/** Messages of what is wrong with a sweep. */
export async function problemsOf(platform: TinyPlatform, sweep: CreateSweepInput): Promise<string[]> {
  const response = await platform.request(platform.api, '/v1/sweeps', { body: sweep, role: 'submitter' });
  return ((await response.json()) as Problem).errors!.map(({ message }) => message);
}

export async function act(platform: Platform, api: TestApi, sweepId: string, action: string): Promise<void> {
  const response = await platform.request(api, `/v1/sweeps/${sweepId}/${action}`, {
    method: 'POST',
    role: 'submitter',
  });
  expect(response.ok, `${action}: ${response.status} ${await response.text()}`).toBe(true);
}

export const untilCompleted = (platform: Platform, sweepId: string) =>
  waitFor(
    `sweep ${sweepId} to complete`,
    async () => (await platform.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })).state === 'COMPLETED',
    { everyMs: 200 },
  );

/** The trials of a sweep that train. */
export const trainings = (platform: Platform, sweepId: string) =>
  platform.db.trial.findMany({
    where: { sweepId, kind: 'train' },
    orderBy: { ordinal: 'asc' },
    include: { attemptList: { orderBy: { number: 'asc' }, include: { worker: true } }, artifacts: true },
  });

export async function onlyTraining(platform: Platform, sweepId: string) {
  const [trial, ...others] = await trainings(platform, sweepId);
  expect(others).toEqual([]);
  if (!trial) throw new Error(`sweep ${sweepId} has no training`);
  return trial;
}

/** Waits until the only training of a sweep has a checkpoint to go on from. */
export const untilCheckpoint = (platform: Platform, sweepId: string) =>
  waitFor('a first checkpoint', async () => {
    const trial = await onlyTraining(platform, sweepId);
    return trial.state === 'RUNNING' && trial.artifacts.some(({ kind }) => kind === 'checkpoint') ? trial : undefined;
  });

/** Bytes of a trial by part, and by how much of the measured total the predicted one is off. */
export function memoryOf(trial: { predicted: unknown; measured: unknown }) {
  const [predicted, measured] = [MemoryByPart.parse(trial.predicted), MemoryByPart.parse(trial.measured)];
  return { predicted, measured, error: Math.abs(predicted.total / measured.total - 1) };
}

/** The recorded training losses, by step. */
export async function losses(platform: Platform, trialId: string): Promise<[step: number, loss: number][]> {
  const points = await platform.db.metric.findMany({
    where: { trialId, name: 'train/loss' },
    orderBy: { step: 'asc' },
  });
  return points.map(({ step, value }) => [step, value]);
}

/** States a trial went through, from the event log. */
export async function states(platform: Platform, trialId: string): Promise<string[]> {
  const events = await platform.db.event.findMany({
    where: { trialId, type: 'trial.state' },
    orderBy: { id: 'asc' },
  });
  return events.map(({ data }) => (data as { to: string }).to);
}

export const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Every sweep of the platform left a log, rows, attempts and metrics that agree. */
export async function expectSoundHistories({ db }: Platform): Promise<void> {
  const sweeps = await db.sweep.findMany({ select: { id: true } });
  expect(sweeps.length).toBeGreaterThan(0);
  for (const { id } of sweeps) expect((await checkHistory(db, id)).problems, `sweep ${id}`).toEqual([]);
}

/** The one process that a worker has forked. */
export async function childOf(pid: number): Promise<number> {
  const children = await childrenOf(pid);
  expect(children).toHaveLength(1);
  return children[0]!.pid;
}
