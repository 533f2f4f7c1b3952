/** @file Sweeps that start from models of other sweeps: they wait, go on by themselves, and say why where they cannot. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CreateSweepInput,
  Leaderboard,
  MemoryByPart,
  Problem,
  SweepDependencies,
  SweepPreview,
  SweepView,
  TrialResult,
} from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { act, onlyTraining, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
});

afterAll(() => platform.stop());

const training = { steps: 40, batchSize: 8, sequenceLength: 32, checkpointEvery: 20 };

/** What is trained first. */
const first = (overrides: Partial<CreateSweepInput> = {}) =>
  tinySweep(base, { name: 'first', methods: [{ name: 'full-ft' }], learningRate: [0.003], training, ...overrides });

/** A step that changes next to nothing: its validation is that of what it starts from. */
const onTop = (on: string, overrides: Partial<CreateSweepInput> = {}) =>
  tinySweep(base, {
    name: 'on top',
    on,
    learningRate: [1e-9],
    training: { ...training, steps: 1 },
    ...overrides,
  });

const read = async <T>(path: string): Promise<T> => {
  const response = await platform.request(api, path, { role: 'viewer' });
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
};

const view = (id: string) => read<SweepView>(`/v1/sweeps/${id}`);
const validation = ({ result }: { result: unknown }) => (result as TrialResult).validation!.loss!;

async function refused(body: CreateSweepInput) {
  const response = await platform.request(api, '/v1/sweeps', { body, role: 'submitter' });
  expect(response.status).toBe(400);
  return ((await response.json()) as Problem).errors!;
}

it('names what it waits for, goes on by itself, and trains on the model that was left', async () => {
  const sweep = await submit(platform, api, first());
  const trial = await onlyTraining(platform, sweep);
  const onTrial = await submit(platform, api, onTop(trial.id));
  const chained = await submit(platform, api, onTop(onTrial, { name: 'chained' }));
  const previewed = await platform.request(api, '/v1/sweeps/preview', { body: onTop(trial.id), role: 'submitter' });
  expect(((await previewed.json()) as SweepPreview).toRun).toBe(1);

  const waits = await view(onTrial);
  expect(waits).toMatchObject({
    state: 'RUNNING',
    // Its training and the score of that.
    total: 2,
    uncreated: 1,
    waitsFor: { sweepId: sweep, sweepName: 'first', trialId: trial.id, state: 'QUEUED' },
  });
  expect((await view(chained)).waitsFor).toMatchObject({ sweepId: onTrial, trialId: null, state: 'RUNNING' });
  const graph = await read<SweepDependencies>(`/v1/sweeps/${onTrial}/dependencies`);
  expect(graph.sweeps.map(({ name, waits }) => [name, waits])).toEqual([
    ['first', false],
    ['on top', true],
    ['chained', true],
  ]);
  expect(graph.edges).toEqual([
    { from: sweep, to: onTrial, trialId: trial.id },
    { from: onTrial, to: chained, trialId: null },
  ]);

  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  await untilCompleted(platform, chained);
  const trained = await onlyTraining(platform, sweep);
  const [second, third] = [await onlyTraining(platform, onTrial), await onlyTraining(platform, chained)];
  const plain = await submit(platform, api, { ...onTop(sweep), on: undefined });
  await untilCompleted(platform, plain);
  const untouched = await onlyTraining(platform, plain);

  const adapter = (of: { artifacts: { kind: string; sha256: string }[] }) =>
    of.artifacts.find(({ kind }) => kind === 'adapter')!.sha256;
  expect(second.spec).toMatchObject({ base, on: [{ adapter: adapter(trained) }] });
  expect(third.spec).toMatchObject({ on: [{ adapter: adapter(trained) }, { adapter: adapter(second) }] });
  expect(new Set([second.key, third.key, untouched.key]).size).toBe(3);
  expect(second.predictedBytes).toBe(untouched.predictedBytes);

  expect(validation(untouched) - validation(trained)).toBeGreaterThan(0.5);
  expect(validation(second)).toBeCloseTo(validation(trained), 3);
  expect(validation(third)).toBeCloseTo(validation(trained), 3);

  expect((await view(onTrial)).waitsFor).toBeNull();
  const query = `/v1/leaderboard?task=${tinyTask}&base=${base}`;
  const board = await read<Leaderboard>(query);
  expect(board.rows.flatMap(({ trialIds }) => trialIds)).not.toContain(second.id);
  const own = await read<Leaderboard>(`${query}&sweepId=${onTrial}`);
  expect(own.rows.flatMap(({ trialIds }) => trialIds)).toEqual([second.id]);

  const merged = await platform.request(api, `/v1/trials/${second.id}/adapter?format=merged`);
  expect(merged.status).toBe(200);
  const peft = await platform.request(api, `/v1/trials/${second.id}/adapter?format=peft`);
  expect([peft.status, ((await peft.json()) as Problem).detail]).toEqual([
    409,
    'The adapter is of a base model with another one merged into it, which nobody else has: ask for the format merged',
  ]);
  const [from] = await refused(tinySweep(base, { methods: [{ name: 'lora', from: second.id }] }));
  expect(from).toEqual({
    path: '/methods/0/from',
    message: `${second.id} is of a base model with another adapter merged into it: start from its whole model, with "on"`,
  });
});

it('takes the best training of a sweep on validation, and keeps to it when the sweep is extended', async () => {
  const sweep = await submit(platform, api, first({ name: 'several', learningRate: [1e-6, 0.003], seed: [5] }));
  await untilCompleted(platform, sweep);
  const [worse, better] = await trainings(platform, sweep);
  expect(worse!.objective!).toBeGreaterThan(better!.objective!);
  const on = await submit(platform, api, onTop(sweep));
  await untilCompleted(platform, on);
  expect(validation(await onlyTraining(platform, on))).toBeCloseTo(validation(better!), 3);

  const extension = await platform.request(api, `/v1/sweeps/${sweep}/extend`, {
    body: { learningRate: [0.01] },
    role: 'submitter',
  });
  expect(extension.status).toBe(200);
  await untilCompleted(platform, sweep);
  await platform.request(api, `/v1/sweeps/${on}/extend`, { body: { seed: [1] }, role: 'submitter' });
  await untilCompleted(platform, on);
  const both = await trainings(platform, on);
  expect(both).toHaveLength(2);
  expect((both[1]!.spec as { on: unknown }).on).toEqual((both[0]!.spec as { on: unknown }).on);
});

it('is paused with the reason where it will never be there, and refused where that is known', async () => {
  const sweep = await submit(
    platform,
    api,
    first({ name: 'given up', seed: [9], training: { ...training, steps: 900 } }),
  );
  const on = await submit(platform, api, onTop(sweep));
  await act(platform, api, sweep, 'cancel');
  const paused = await waitFor('the sweep to be paused', async () => {
    const now = await view(on);
    return now.state === 'PAUSED' ? now : undefined;
  });
  expect(paused.reason).toContain(`/on: sweep ${sweep} was cancelled`);
  await act(platform, api, on, 'resume');
  await waitFor('it to be paused again', async () => (await view(on)).state === 'PAUSED');

  expect(await refused(onTop(sweep))).toEqual([{ path: '/on', message: `sweep ${sweep} was cancelled` }]);
  const nobody = '0198b2a0-0000-7000-8000-000000000000';
  expect(await refused(onTop(nobody))).toEqual([
    { path: '/on', message: `there is no training and no sweep ${nobody}` },
  ]);
});

it('holds the factors that a compression left, so that what does not fit the base fits it', async () => {
  const small = { steps: 10, batchSize: 2, sequenceLength: 16, checkpointEvery: 10 };
  const halved = await submit(platform, api, {
    ...tinySweep(base, { name: 'halved', kind: 'compress', recoverySteps: [0] }),
    methods: [{ name: 'svd', config: { ratio: 0.5 } }],
    training: { batchSize: 2, sequenceLength: 16 },
  });
  const preview = async (overrides: Partial<CreateSweepInput>) => {
    const body = tinySweep(base, { name: 'tuned', training: small, ...overrides });
    const response = await platform.request(api, '/v1/sweeps/preview', { body, role: 'submitter' });
    return ((await response.json()) as SweepPreview).rows;
  };
  // Before it is there, what it will leave is known from its spec.
  const compression = await onlyTraining(platform, halved);
  const [plain] = await preview({});
  const [early] = await preview({ on: compression.id });
  await untilCompleted(platform, halved);
  const [onFactors, trained] = await preview({ on: halved, methods: [{ name: 'lora' }, { name: 'full-ft' }] });
  expect(early!.predicted.total).toBe(onFactors!.predicted.total);
  // Of four kernels 32 × 32 and two 32 × 64 half is left, less what does not make a whole rank.
  const saved = 4 * (4 * (32 * 32 - 8 * 64) + 2 * (32 * 64 - 10 * 96));
  expect(plain!.predicted.weights - onFactors!.predicted.weights).toBe(saved);
  expect([onFactors!.wholeKernels, trained!.wholeKernels]).toEqual([undefined, 'trains kernels']);

  const budget = (plain!.predicted.total + onFactors!.predicted.total) / 2 / 2 ** 20;
  const tuning = { name: 'tuned', memoryBudgetMiB: [budget], training: small };
  const onBase = await submit(platform, api, tinySweep(base, tuning));
  const onHalf = await submit(platform, api, tinySweep(base, { ...tuning, on: halved }));
  const chained = await submit(platform, api, onTop(onHalf, { methods: [{ name: 'lora' }, { name: 'full-ft' }] }));
  for (const sweep of [onBase, onHalf, chained]) await untilCompleted(platform, sweep);
  expect(await onlyTraining(platform, onBase)).toMatchObject({ state: 'OVER_BUDGET' });
  const tuned = await onlyTraining(platform, onHalf);
  expect(tuned, tuned.reason ?? '').toMatchObject({ state: 'SUCCEEDED' });
  const measured = tuned.measured as MemoryByPart;
  expect(measured.weights).toBe(onFactors!.predicted.weights);
  expect(Math.abs(measured.total / onFactors!.predicted.total - 1)).toBeLessThan(0.05);

  const adapterOf = async (id: string) => {
    const { artifacts } = await onlyTraining(platform, id);
    return artifacts.find(({ kind }) => kind === 'adapter')!.sha256;
  };
  const [svd, lora] = [await adapterOf(halved), await adapterOf(onHalf)];
  expect(tuned.spec).toMatchObject({ on: [{ adapter: svd, factors: true }] });
  const [further, whole] = await trainings(platform, chained);
  expect(further!.spec).toMatchObject({ on: [{ adapter: svd, factors: true }, { adapter: lora }] });
  expect((whole!.spec as { on: unknown }).on).toEqual([{ adapter: svd }, { adapter: lora }]);
  // The same model in both forms, after a step that changes next to nothing.
  expect(validation(further!)).toBeCloseTo(validation(whole!), 3);
  expect(validation(further!)).toBeCloseTo(validation(tuned), 1);
  const merged = await platform.request(api, `/v1/trials/${tuned.id}/adapter?format=merged`);
  expect(merged.status).toBe(200);
});

it('trains on the base that took the name of another, though a process has the one before open', async () => {
  const name = await writeTinyBase(platform.modelsDir, undefined, { name: 'replaced', width: 32, layers: 1 });
  const sweep = tinySweep(name, { training: { ...training, steps: 1 } });
  const trained = async () => {
    const id = await submit(platform, api, sweep);
    await untilCompleted(platform, id);
    return onlyTraining(platform, id);
  };
  const before = await trained();
  await rm(join(platform.modelsDir, name), { recursive: true });
  await writeTinyBase(platform.modelsDir, undefined, { name, width: 16, layers: 2 });
  const after = await trained();
  for (const { state, reason } of [before, after]) expect([state, reason]).toEqual(['SUCCEEDED', null]);
  expect(after.key).not.toBe(before.key);
  const weights = ({ measured, predicted }: typeof after) =>
    [measured, predicted].map((memory) => (memory as MemoryByPart).weights);
  for (const [measured, predicted] of [weights(before), weights(after)]) expect(measured).toBe(predicted);
  expect(weights(after)).not.toEqual(weights(before));
});
