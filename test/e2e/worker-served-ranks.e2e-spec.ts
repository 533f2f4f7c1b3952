/** @file A method whose one training serves several ranks fills the whole rank axis of a sweep. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Leaderboard, SweepPreview, TrialResult } from '@rankforge/contracts';
import { readAdapter } from '@rankforge/peft';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import type { TestApi } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
});

afterAll(() => platform.stop());

const sweep = () => tinySweep(base, { methods: [{ name: 'dylora' }], rank: [1, 2, 4], seed: [0, 1] });

it('trains once for each seed, and gives every rank validation and test scores of its own', async () => {
  const preview = await platform.request(api, '/v1/sweeps/preview', { body: sweep(), role: 'submitter' });
  expect((await preview.json()) as SweepPreview).toMatchObject({ trials: 6, toRun: 2, known: 0 });

  const sweepId = await submit(platform, api, sweep());
  await untilCompleted(platform, sweepId);
  const trials = await trainings(platform, sweepId);
  expect(trials.map(({ rank, seed, state }) => [rank, seed, state])).toEqual(
    [1, 2, 4].flatMap((rank) => [0, 1].map((seed) => [rank, seed, 'SUCCEEDED'])),
  );
  expect(trials.flatMap(({ attemptList }) => attemptList)).toHaveLength(2);
  expect(new Set(trials.map(({ key }) => key)).size).toBe(2);
  for (const trial of trials) {
    const { validation, served } = trial.result as TrialResult;
    expect(Object.keys(served!)).toEqual(['1', '2', '3', '4']);
    expect(validation).toEqual(served![String(trial.rank)]);
    expect(trial.objective).toBe(validation!.perplexity);
    expect(trial.spec).toMatchObject({ methodConfig: { rank: 4 }, rank: trial.rank, trainedRank: 4 });
  }
  const objectives = trials.filter(({ seed }) => seed === 0).map(({ objective }) => objective);
  expect(new Set(objectives).size).toBe(3);
});

it('says on the board that rows come from one run, and counts it once', async () => {
  const query = `task=${tinyTask}&base=${base}&by=configuration`;
  const response = await platform.request(api, `/v1/leaderboard?${query}`);
  const board = (await response.json()) as Leaderboard;
  expect(response.status, JSON.stringify(board)).toBe(200);
  expect(board.rows.map(({ rank, trainedRank }) => [rank, trainedRank]).sort()).toEqual([
    [1, 4],
    [2, 4],
    [4, 4],
  ]);
  // Only the configuration chosen on validation is scored on test.
  const scored = board.rows.filter(({ status }) => status === 'scored');
  expect(scored).toHaveLength(1);
  const best = Math.min(...board.rows.map(({ validation }) => validation!));
  expect(scored[0]!.validation).toBe(best);

  const methods = (await (
    await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}`)
  ).json()) as Leaderboard;
  expect(methods.rows).toMatchObject([{ method: 'dylora', trainedRank: 4, tuningTrials: 2, tuningSteps: 120 }]);
});

it('gives out the adapter of each rank', async () => {
  const trials = await platform.db.trial.findMany({ where: { kind: 'train', seed: 0 }, orderBy: { rank: 'asc' } });
  for (const { id, rank } of trials) {
    const response = await platform.request(api, `/v1/trials/${id}/adapter?format=native`);
    const { info, tensors } = readAdapter(new Uint8Array(await response.arrayBuffer()));
    expect(info.config).toMatchObject({ rank: 4, servedRank: rank });
    expect(tensors.get('blocks.0.attention.query.lora_A')!.shape[1]).toBe(4);

    const output = join(platform.dataDir, `rank-${rank}.safetensors`);
    const environment = { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.viewer };
    const { status, err } = await rankforge(
      ['adapter', 'download', id, '--format', 'native', '--output', output],
      environment,
    );
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(readAdapter(await readFile(output)).info).toEqual(info);
  }
});

it('knows the result when another sweep asks for other ranks of the same training', async () => {
  const again = { ...sweep(), name: 'again', rank: [3, 4] };
  const sweepId = await submit(platform, api, again);
  await untilCompleted(platform, sweepId);
  const trials = await trainings(platform, sweepId);
  expect(trials.flatMap(({ attemptList }) => attemptList)).toEqual([]);
  for (const { rank, result } of trials) {
    const { validation, served } = result as TrialResult;
    expect(validation).toEqual(served![String(rank)]);
  }
});
