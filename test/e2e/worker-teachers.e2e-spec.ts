/** @file Methods that learn from a second base model, through the API and a worker, and what they are refused without. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateSweepInput, Leaderboard, Problem, TrialResult } from '@rankforge/contracts';
import { createRandom, initialValues, loadBase, readAdapter, saveBase } from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
/** The base before the update and after it. */
const [before, after] = ['before', 'tiny'];
/** Trials of the task on both. */
let old: string;
let updated: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api } = platform);
  await writeOtherBase(before, {});
  await writeOtherBase('foreign', { tokenizer: true });
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  [old, updated] = [await trainedOn(before), await trainedOn(after)];
});

afterAll(() => platform.stop());

/** A base of the same shape with other weights, or with another tokenizer. */
async function writeOtherBase(name: string, { tokenizer: changed = false }): Promise<void> {
  const { config, tokenizer } = await loadBase(join(platform.modelsDir, after));
  const folder = join(platform.modelsDir, name);
  const values = initialValues(config, createRandom(8));
  await mkdir(folder, { recursive: true });
  await saveBase(folder, { config, values, tokenizer });
  if (!changed) return;
  const file = join(folder, 'tokenizer.json');
  const json = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify(json, null, 1));
}

async function trainedOn(base: string): Promise<string> {
  const sweepId = await submit(
    platform,
    api,
    tinySweep(base, { training: { steps: 30, batchSize: 8, sequenceLength: 32 } }),
  );
  await untilCompleted(platform, sweepId);
  const [trial] = await trainings(platform, sweepId);
  return trial!.id;
}

const sweep = (methods: CreateSweepInput['methods']) =>
  tinySweep(after, { methods, training: { steps: 20, batchSize: 8, sequenceLength: 32, checkpointEvery: 10 } });

async function refusal(methods: CreateSweepInput['methods']) {
  const response = await platform.request(api, '/v1/sweeps', { body: sweep(methods), role: 'submitter' });
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as Problem;
  return errors!;
}

describe('a sweep', () => {
  it('is refused without what a method needs, which it names', async () => {
    expect(await refusal([{ name: 'muscle' }])).toEqual([
      { path: '/methods/0/teacher', message: 'muscle needs the model before the update' },
    ]);
    expect(await refusal([{ name: 'muscle', teacher: old }])).toEqual([
      { path: '/methods/0/from', message: 'muscle needs the adapter of the task on the new base model' },
    ]);
    expect(await refusal([{ name: 'trans-lora' }])).toEqual([
      { path: '/methods/0/teacher', message: 'trans-lora needs the base model with the adapter to move' },
    ]);
  });

  it('is refused with a teacher or a start that does not fit, at its place', async () => {
    const [unknown] = await refusal([{ name: 'trans-lora', teacher: 'nobody' }]);
    expect(unknown).toMatchObject({
      path: '/methods/0/teacher',
      message: expect.stringContaining('unknown adapter nobody'),
    });
    const [other] = await refusal([{ name: 'muscle', teacher: old, from: old }]);
    expect(other).toEqual({ path: '/methods/0/from', message: `${old} is of the base model ${before}` });
    const [given] = await refusal([{ name: 'muscle', teacher: old, from: updated, config: { alpha: 4 } }]);
    expect(given).toEqual({ path: '/methods/0/config/alpha', message: `leave it out: ${updated} brings its own` });
    const foreign = await trainedOn('foreign');
    const [tokens] = await refusal([{ name: 'trans-lora', teacher: foreign }]);
    expect(tokens).toEqual({
      path: '/methods/0/teacher',
      message: `foreign has another tokenizer than ${after}: both must read the same tokens`,
    });
  });
});

it('MUSCLE learns from both models, predicts the second base, and its scoring counts flips', async () => {
  const methods = [
    { name: 'lora', from: updated, teacher: old },
    { name: 'muscle', from: updated, teacher: old, config: { temperature: 2 } },
  ];
  const sweepId = await submit(platform, api, sweep(methods));
  await untilCompleted(platform, sweepId);
  const [lora, muscle] = await trainings(platform, sweepId);
  for (const trial of [lora!, muscle!]) {
    expect(trial.state, trial.reason ?? '').toBe('SUCCEEDED');
    expect(trial.spec).toMatchObject({ teacher: { base: before } });
  }
  expect(muscle!.spec).toMatchObject({ methodConfig: { rank: 2, temperature: 2 } });
  const [own, both] = [lora!, muscle!].map(({ predicted }) => predicted as { weights: number; total: number });
  expect(both!.weights).toBeGreaterThan(1.9 * own!.weights);
  const measured = Number(muscle!.measuredBytes);
  expect(Math.abs(measured / both!.total - 1)).toBeLessThan(0.1);

  const scorings = await platform.db.trial.findMany({ where: { sweepId, kind: 'score', state: 'SUCCEEDED' } });
  expect(scorings.length).toBeGreaterThan(0);
  for (const { result } of scorings) {
    const { flips } = result as TrialResult;
    const { outputs, before, after, negative, positive } = flips!;
    expect(outputs).toBeGreaterThan(1000);
    expect(after - before).toBeCloseTo(positive - negative, 12);
    expect(negative).toBeGreaterThan(0);
  }
  const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${after}&sweepId=${sweepId}`);
  const board = (await response.json()) as Leaderboard;
  expect(board.rows.map(({ method, flips }) => [method, flips !== null]).sort()).toEqual([
    ['lora', true],
    ['muscle', true],
  ]);
});

it('Trans-LoRA writes its examples, says so in the log, and LoRAM leaves an adapter of the whole base', async () => {
  const methods = [
    { name: 'trans-lora', teacher: old, config: { examples: 16, discriminatorSteps: 3, discriminatorExamples: 8 } },
    { name: 'loram' },
    { name: 'lora' },
  ];
  const sweepId = await submit(platform, api, sweep(methods));
  await untilCompleted(platform, sweepId);
  const [moved, pruned, plain] = await trainings(platform, sweepId);
  for (const trial of [moved!, pruned!, plain!]) expect(trial.state, trial.reason ?? '').toBe('SUCCEEDED');
  const log = await platform.request(api, `/v1/trials/${moved!.id}/log`);
  expect(JSON.stringify(await log.json())).toMatch(/of \d+ written examples the discriminator took \d+ for real/);

  const predicted = (trial: { predicted: unknown }) => (trial.predicted as { total: number }).total;
  expect(predicted(pruned!)).toBeLessThan(predicted(plain!));
  const response = await platform.request(api, `/v1/trials/${pruned!.id}/adapter?format=native`);
  const { tensors } = readAdapter(new Uint8Array(await response.arrayBuffer()));
  expect(tensors.get('blocks.0.attention.query.lora_B')!.shape).toEqual([2, 32]);
  const exported = await platform.request(api, `/v1/trials/${pruned!.id}/adapter?format=peft`);
  expect(exported.status).toBe(200);
});
