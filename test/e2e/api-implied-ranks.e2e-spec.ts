/** @file Larger ranks of a training that did not fit: implied and not run, where the sweep asks for it. */
import { type MemoryByPart, MIB, type SweepDetail, type SweepPreview, type TrialView } from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type ApiUnderTest, create, playWorker, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let workerId: string;

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const ranks = [2, 4, 8, 16];
const asked = { rank: ranks, reuse: false, skipLargerRanks: true };

const view = async (id: string) => (await api.get(`/v1/sweeps/${id}`).expect(200)).body as SweepDetail;
const cells = (trials: readonly TrialView[]) =>
  Object.fromEntries(
    trials.map(({ rank, seed, memoryBudgetMiB, state }) => [`r${rank} s${seed} ${memoryBudgetMiB}`, state]),
  );

/** Runs the trial as a worker would, and finds that it holds more than its budget, or is refused memory. */
async function outgrow(trial: TrialView, how: 'metered' | 'refused'): Promise<void> {
  const { db } = api.platform;
  const claimed = await claimTrial(db, { trialId: trial.id, workerId, device: 'host', leaseSeconds: 600 });
  const measured: MemoryByPart = { ...claimed!.predicted, total: (trial.memoryBudgetMiB + 1) * MIB };
  const outcome = { state: 'OVER_BUDGET', reason: `${how} by the test`, dominantPart: 'activations' } as const;
  expect(await finishTrial(db, claimed!.lease, how === 'metered' ? { ...outcome, measured } : outcome, '')).toBe(true);
}

describe.each(['metered', 'refused'] as const)('a training that outgrew its budget, %s', (how) => {
  it('ends the larger ranks under that budget and smaller ones, with its name', async () => {
    const { id } = await create(api, { ...asked, seed: [0, 1], memoryBudgetMiB: [256, 512] });
    const before = await trialsOf(api, id);
    const failed = before.find(({ rank, seed, state }) => rank === 4 && seed === 1 && state === 'QUEUED')!;
    expect(failed.memoryBudgetMiB).toBe(512);
    await outgrow(failed, how);
    await waitFor('larger ranks to be implied', async () => (await view(id)).implied === 8);
    const trials = await trialsOf(api, id);
    const implied = trials.filter(({ impliedById }) => impliedById !== null);
    expect(new Set(implied.map(({ rank }) => rank))).toEqual(new Set([8, 16]));
    for (const trial of implied) {
      expect(trial).toMatchObject({ state: 'OVER_BUDGET', impliedById: failed.id, attempts: 0, measuredBytes: null });
      expect(trial.reason).toMatch(
        new RegExp(
          `^not run: rank 4 did not fit 512 MiB \\(trial ${failed.ordinal}\\), and rank ${trial.rank} is predicted to need ` +
            'no less \\(([\\d.]+) MiB against ([\\d.]+) MiB\\)$',
        ),
      );
    }
    // Its own key under a smaller budget, too, and nothing else.
    await waitFor('the same training under less', async () => (await view(id)).trials.OVER_BUDGET === 10);
    expect(cells(await trialsOf(api, id))).toMatchObject({
      'r2 s0 512': 'QUEUED',
      'r2 s1 512': 'QUEUED',
      'r4 s0 512': 'QUEUED',
      'r4 s0 256': 'PENDING',
      'r4 s1 256': 'OVER_BUDGET',
    });
    await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
  });
});

it('does so for trials that the sweep has yet to create', async () => {
  const { id } = await create(api, { ...asked, rank: [2, 4] });
  await outgrow((await trialsOf(api, id)).find(({ rank }) => rank === 4)!, 'refused');
  await api.post(`/v1/sweeps/${id}/extend`, { rank: [8], memoryBudgetMiB: [1024] }).expect(200);
  const made = await waitFor('the extension', async () => {
    const trials = await trialsOf(api, id);
    return trials.length === 6 ? trials : undefined;
  });
  expect(cells(made)).toEqual({
    'r2 s0 512': 'QUEUED',
    'r2 s0 1024': 'PENDING',
    'r4 s0 512': 'OVER_BUDGET',
    'r4 s0 1024': 'QUEUED',
    'r8 s0 512': 'OVER_BUDGET',
    'r8 s0 1024': 'QUEUED',
  });
  await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
});

it('tries every rank where the sweep does not ask', async () => {
  const { id } = await create(api, { ...asked, skipLargerRanks: undefined });
  await outgrow((await trialsOf(api, id)).find(({ rank }) => rank === 4)!, 'metered');
  await waitFor('the planner to see it', async () => (await view(id)).trials.OVER_BUDGET === 1);
  await api.post(`/v1/sweeps/${id}/priority`, { priority: 60 }).expect(200);
  expect((await view(id)).trials).toMatchObject({ OVER_BUDGET: 1, QUEUED: 3 });
  await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
});

describe('by prediction', () => {
  it('is shown in the preview and on the sweep', async () => {
    const request = sweep(api.base, { ...asked, rank: [4, 8, 16], seed: [0, 1], memoryBudgetMiB: [0.5, 512] });
    const preview = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    expect(preview).toMatchObject({ trials: 12, toRun: 6, overBudget: 6, implied: 4 });
    expect(preview.rows.map(({ rank, budgets }) => [rank, budgets[0]!.impliedByRank])).toEqual([
      [4, undefined],
      [8, 4],
      [16, 4],
    ]);
    const { id } = await create(api, request);
    expect((await view(id)).implied).toBe(4);
    const implied = (await trialsOf(api, id)).filter(({ impliedById }) => impliedById !== null);
    expect(implied.map(({ rank }) => rank)).toEqual([8, 8, 16, 16]);
    // Its own numbers are the better reason.
    for (const { reason } of implied) expect(reason).toMatch(/^predicted [\d.]+ MiB/);
    await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
  });

  it('is not asked for unless the request says so', async () => {
    const request = sweep(api.base, { rank: [4, 8], memoryBudgetMiB: [0.5] });
    const preview = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    expect(preview).toMatchObject({ overBudget: 2, implied: 0 });
  });
});
