import {
  type CreateSweepInput,
  type Leaderboard,
  MIB,
  type SweepDetail,
  type SweepPreview,
  type TrialView,
} from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let workerId: string;

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const view = async (id: string) => (await api.get(`/v1/sweeps/${id}`).expect(200)).body as SweepDetail;
const memory = (mib: number) => ({
  ...{ weights: 0, adapters: 0, gradients: 0, optimizer: 0, workspace: 0 },
  activations: mib * MIB,
  total: mib * MIB,
});

/** Ends a trial as a worker would: a training with this perplexity, or over its budget where there is none. */
async function end({ id, kind }: TrialView, perplexity: number | undefined): Promise<void> {
  const claimed = await claimTrial(api.platform.db, { trialId: id, workerId, device: 'host', leaseSeconds: 60 });
  if (!claimed) throw new Error(`trial ${id} cannot be claimed`);
  const finish = (outcome: Parameters<typeof finishTrial>[2]) =>
    finishTrial(api.platform.db, claimed.lease, outcome, '');
  if (perplexity === undefined) {
    const over = { measured: memory(600), dominantPart: 'activations' as const, reason: 'measured 600.0 MiB' };
    expect(await finish({ state: 'OVER_BUDGET', ...over })).toBe(true);
  } else if (kind === 'train') {
    const result = { validation: { perplexity }, seconds: 2 };
    expect(await finish({ state: 'SUCCEEDED', result, objective: perplexity, step: 10, measured: memory(100) })).toBe(
      true,
    );
  } else {
    const exampleScores = { perplexity: [Math.log(perplexity), Math.log(perplexity) + 0.1] };
    const result = { test: { perplexity }, seconds: 1 };
    expect(await finish({ state: 'SUCCEEDED', result, objective: null, step: 0, exampleScores })).toBe(true);
  }
}

describe('a fair protocol', () => {
  it('tunes each method alike, then scores the best of each with seeds that no tuning has seen, once', async () => {
    const request: Partial<CreateSweepInput> = {
      methods: [{ name: 'lora' }, { name: 'bitfit', learningRate: [0.1, 0.2, 0.3, 0.4] }],
      rank: [2, 4],
      learningRate: [0.01, 0.02],
      seed: [3, 5],
      protocol: { kind: 'fair', tuningTrials: 4, finalSeeds: 2 },
    };
    const preview = await api.post('/v1/sweeps/preview', sweep(api.base, request)).expect(200);
    const made = await create(api, request);
    // 2 methods × (4 configurations × 2 seeds + 2 final seeds).
    expect(preview.body).toMatchObject({ trials: 20, scorings: 4, toRun: 20, known: 0, overBudget: 0 });
    expect(made).toMatchObject({ total: 20 + 4, uncreated: 4, stepsTotal: 200, scorings: { done: 0, total: 4 } });
    const tuning = await trialsOf(api, made.id);
    const of = (trials: TrialView[], method: string) => trials.filter((trial) => trial.method === method);
    expect([of(tuning, 'lora').length, of(tuning, 'bitfit').length]).toEqual([8, 8]);
    expect(new Set(of(tuning, 'lora').map((t) => `${t.rank} ${t.learningRate} ${t.seed}`)).size).toBe(8);
    for (const trial of tuning) {
      const { method, rank, learningRate, seed } = trial;
      // Rank 4 at 0.02 is best of lora; of bitfit, 0.4 would be, but it does not fit.
      const lora = rank === 4 && learningRate === 0.02 ? 10 : 20;
      const bitfit = learningRate === 0.4 ? undefined : 30 - learningRate! * 10;
      const value = method === 'lora' ? lora : bitfit;
      await end(trial, value === undefined ? value : value + seed / 10);
    }
    const finals = await waitFor('the final stage', async () => {
      const trials = (await trialsOf(api, made.id)).slice(16);
      return trials.length === 4 ? trials : undefined;
    });
    expect(finals.map(({ method, rank, learningRate, seed }) => [method, rank, learningRate, seed]).sort()).toEqual([
      ['bitfit', null, 0.3, 6],
      ['bitfit', null, 0.3, 7],
      ['lora', 4, 0.02, 6],
      ['lora', 4, 0.02, 7],
    ]);
    for (const trial of finals) await end(trial, trial.method === 'lora' ? 12 : 28);
    const scorings = await waitFor('the scorings', async () => {
      const trials = (await trialsOf(api, made.id)).filter(({ kind }) => kind === 'score');
      return trials.length === 4 ? trials : undefined;
    });
    expect(scorings.map(({ scoresTrialId }) => scoresTrialId).sort()).toEqual(finals.map(({ id }) => id).sort());
    for (const trial of scorings) await end(trial, trial.method === 'lora' ? 11 : 27);
    await waitFor('the end', async () => (await view(made.id)).state === 'COMPLETED');
    expect(await view(made.id)).toMatchObject({ total: 24, uncreated: 0, trials: { SUCCEEDED: 22, OVER_BUDGET: 2 } });
    const board = (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${made.id}`).expect(200))
      .body as Leaderboard;
    expect(board.rows.map(({ method, status, seeds, validation }) => [method, status, seeds, validation])).toEqual([
      ['lora', 'scored', 2, 12],
      ['bitfit', 'scored', 2, 28],
    ]);
    const spent = { tuningTrials: 8, failed: 0, finalSeeds: [6, 7], finalLost: 0 };
    const plain = { ...spent, extended: 0, calibrationBatches: 0 };
    const lora = { tuningSteps: 80, tuningSeconds: 16, overBudget: 0, learningRates: [0.01, 0.02], edge: 'largest' };
    expect(board.rows[0]?.fair).toEqual({ ...plain, ...lora });
    // What does not fit was tried too: 0.3 lies between others.
    const bitfit = {
      tuningSteps: 60,
      tuningSeconds: 12,
      overBudget: 2,
      learningRates: [0.1, 0.2, 0.3, 0.4],
      edge: null,
    };
    expect(board.rows[1]?.fair).toEqual({ ...plain, ...bitfit });
  });

  it('goes beyond the edge of the learning rates while the best stands on it, and counts what calibrations read', async () => {
    const made = await create(api, {
      methods: [
        { name: 'lora-ga', config: { calibrationBatches: 3 } },
        { name: 'full-ft', optimizer: 'galore', optimizerConfig: { gap: 10 } },
      ],
      rank: [2],
      learningRate: [0.01, 0.02, 0.04],
      seed: [3],
      protocol: { kind: 'fair', tuningTrials: 3, finalSeeds: 1, extensions: 2 },
    });
    // The best of lora-ga is at 0.07, beyond the grid; that of full-ft at 0.02.
    const perplexityOf = ({ method, learningRate }: TrialView) =>
      10 + Math.abs(learningRate! - (method === 'lora-ga' ? 0.07 : 0.02));
    const ended = new Set<string>();
    const endThoseOf = async (one: string) => {
      const trials = (await trialsOf(api, made.id)).filter(({ id, method }) => method === one && !ended.has(id));
      for (const trial of trials) {
        ended.add(trial.id);
        await end(trial, perplexityOf(trial));
      }
    };
    const rows = (method: string) =>
      api.platform.db.trial.findMany({ where: { sweepId: made.id, method }, orderBy: { ordinal: 'asc' } });
    const scored = async (method: string) =>
      (await rows(method)).some(({ kind, state }) => kind === 'score' && state === 'SUCCEEDED');
    // One method reaches its board while the other has not begun.
    await waitFor('the score of lora-ga', async () => {
      await endThoseOf('lora-ga');
      return scored('lora-ga');
    });
    const trained = (await rows('lora-ga')).filter(({ kind }) => kind === 'train');
    expect(trained.map(({ stage, learningRate }) => [stage, learningRate]).slice(3)).toEqual([
      ['extension', 0.08],
      ['extension', 0.16],
      ['final', 0.08],
    ]);
    expect((await rows('full-ft')).map(({ state, stage }) => `${state} ${stage}`)).toEqual(
      Array.from({ length: 3 }, () => 'QUEUED tuning'),
    );
    await waitFor('the score of full-ft', async () => {
      await endThoseOf('full-ft');
      return scored('full-ft');
    });
    const last = (await rows('full-ft')).filter(({ stage, kind }) => stage === 'final' && kind === 'train');
    expect(last.map(({ learningRate }) => learningRate)).toEqual([0.02]);
    await waitFor('the end', async () => (await view(made.id)).state === 'COMPLETED');
    const board = (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${made.id}`).expect(200))
      .body as Leaderboard;
    const of = (method: string) => board.rows.find((row) => row.method === method);
    expect(of('lora-ga')?.fair).toMatchObject({
      tuningTrials: 5,
      extended: 2,
      learningRates: [0.01, 0.02, 0.04, 0.08, 0.16],
      edge: null,
      calibrationBatches: 15,
    });
    expect(of('full-ft')?.fair).toMatchObject({ tuningTrials: 3, extended: 0, edge: null, calibrationBatches: 0 });
    expect(of('full-ft')?.neverFired).toEqual(['galore: never refreshes its subspace in 10 steps (gap 10)']);
    expect(of('lora-ga')?.neverFired).toBeUndefined();
  });

  it('tunes over the learning rates of each method where the request names none', async () => {
    const { methods } = (await api.get('/v1/methods').expect(200)).body as {
      methods: { name: string; learningRates: number[] }[];
    };
    const rates = methods.find(({ name }) => name === 'lora')?.learningRates ?? [];
    const body = { ...sweep(api.base, { seed: [0], protocol: { kind: 'fair', tuningTrials: rates.length } }) };
    delete body.learningRate;
    const made = (await api.post('/v1/sweeps', body).expect(201)).body as SweepDetail;
    const tried = (await trialsOf(api, made.id)).map(({ learningRate }) => learningRate);
    expect(tried.sort()).toEqual([...rates].sort());
  });

  it('is one word: as many configurations as every method has, eight at most, and five final seeds', async () => {
    const lora = { name: 'lora', rank: [1, 2, 3], learningRate: [0.1, 0.2, 0.3] };
    const bitfit = { name: 'bitfit', learningRate: [0.1, 0.2, 0.3, 0.4] };
    const body = (methods: object[]) => ({ ...sweep(api.base, { seed: [0, 1], protocol: 'fair' }), methods });
    const preview = async (methods: object[]) => {
      const { trials, rows } = (await api.post('/v1/sweeps/preview', body(methods)).expect(200)).body as SweepPreview;
      return [trials, rows.length];
    };
    // A method × (8 of its 9 configurations × 2 seeds + 5 final seeds); two × (4 × 2 + 5), since bitfit has 4.
    expect(await preview([lora])).toEqual([21, 8]);
    expect(await preview([lora, bitfit])).toEqual([26, 8]);
    const submit = () =>
      api
        .post('/v1/sweeps', body([lora, bitfit]))
        .set('idempotency-key', 'fair')
        .expect(201);
    const made = (await submit()).body as SweepDetail;
    expect(made.total).toBe(26 + 2 * 5);
    expect(made.spec.protocol).toEqual({ kind: 'fair', tuningTrials: 4, extensions: 0, finalSeeds: 5, seed: 0 });
    expect((await submit()).body.id).toBe(made.id);
  });

  it('refuses what would not be fair, and says what to do', async () => {
    const protocol = { kind: 'fair' as const, tuningTrials: 2 };
    const post = (overrides: Parameters<typeof sweep>[1]) =>
      api.post('/v1/sweeps', sweep(api.base, { protocol, ...overrides }));
    const few = expectProblem(await post({}), 400, 'validation', ['/methods/0']);
    expect(few.errors?.[0]?.message).toContain('lora with adamw has 1 configurations, and tuningTrials is 2');
    const rank = [2, 4];
    expectProblem(await post({ rank, memoryBudgetMiB: [256, 512] }), 400, 'validation', ['/memoryBudgetMiB']);
    expectProblem(await post({ rank, limits: { flops: [1e9, 2e9] } }), 400, 'validation', ['/limits']);
    expectProblem(await post({ rank, methods: [{ name: 'lora' }, { name: 'lora' }] }), 400, 'validation', [
      '/methods/1',
    ]);
    expectProblem(await post({ rank, search: { kind: 'random', trials: 2 } }), 400, 'validation', ['/search']);
  });
});
