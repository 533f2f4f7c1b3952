import { dominantPart, type Leaderboard, MIB, queueName, type TrialView } from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, sweep, trialsOf } from './api-client.js';
import { memory, playedTrials } from './played-trials.js';

let api: ApiUnderTest;
let workerId: string;

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const { claim, succeed, score, fail, view, untilState, untilTrials } = playedTrials(() => ({ api, workerId }));
const act = (id: string, action: string) => api.post(`/v1/sweeps/${id}/${action}`);
const settled = ({ state }: TrialView) => state !== 'PENDING';
const scoringsOf = (trials: TrialView[]) => trials.filter(({ kind }) => kind === 'score');

describe('followers', () => {
  it('take the result where the measured peak fits their budget, and are over budget where it does not', async () => {
    const sweep = await create(api, { memoryBudgetMiB: [128, 256, 512], seed: [10] });
    const [, , leader] = await trialsOf(api, sweep.id);
    await succeed(leader?.id ?? '', 20, 200);
    const trials = await untilTrials(sweep.id, 'followers to settle', (all) => all.slice(0, 3).every(settled));
    expect(
      trials
        .slice(0, 3)
        .map(({ memoryBudgetMiB, state, objective, reason }) => [memoryBudgetMiB, state, objective, reason]),
    ).toEqual([
      [
        128,
        'OVER_BUDGET',
        null,
        'measured 200.0 MiB exceed the budget of 128 MiB; largest part: activations (200.0 MiB)',
      ],
      [256, 'SUCCEEDED', 20, null],
      [512, 'SUCCEEDED', 20, null],
    ]);
    expect(trials[0]).toMatchObject({ measuredBytes: 200 * MIB, dominantPart: dominantPart(memory(200)), attempts: 0 });
    const { body } = await api.get(`/v1/trials/${trials[1]?.id}`).expect(200);
    expect(body.result.validation).toEqual({ perplexity: 20 });
    expect(body.attemptList).toHaveLength(1);
    await act(sweep.id, 'cancel').expect(200);
  });

  it('are previewed as they are placed where a smaller rank was measured above the budget', async () => {
    const before = await create(api, { memoryBudgetMiB: [512], rank: [4, 8], seed: [40] });
    for (const { id, rank } of await trialsOf(api, before.id)) await succeed(id, 20, rank === 4 ? 300 : 100);
    const asked = { memoryBudgetMiB: [256], rank: [4, 8], seed: [40, 41], skipLargerRanks: true };
    const preview = await api.post('/v1/sweeps/preview', sweep(api.base, asked)).expect(200);
    // Rank 8 has a result for one seed, which says more than what rank 4 implies for the other.
    expect(preview.body).toMatchObject({ trials: 4, toRun: 1, known: 2, overBudget: 1, implied: 1 });
    const { id } = await create(api, asked);
    const trials = await untilTrials(id, 'what rank 4 implies', (all) => all.some(({ impliedById }) => impliedById));
    expect(trials.filter(({ kind }) => kind === 'train').map(({ rank, seed, state }) => [rank, seed, state])).toEqual([
      [4, 40, 'OVER_BUDGET'],
      [4, 41, 'QUEUED'],
      [8, 40, 'SUCCEEDED'],
      [8, 41, 'OVER_BUDGET'],
    ]);
    for (const sweepId of [before.id, id]) await act(sweepId, 'cancel');
  });

  it('lead in turn when their leader fails, the largest budget first', async () => {
    const sweep = await create(api, { memoryBudgetMiB: [128, 256, 512], seed: [20] });
    const [small, middle, leader] = await trialsOf(api, sweep.id);
    await fail(leader?.id ?? '', 'broken');
    const trials = await untilTrials(sweep.id, 'a promotion', (all) => all[1]?.state === 'QUEUED');
    expect(trials.map(({ id, state, leaderId }) => [id, state, leaderId])).toEqual([
      [small?.id, 'PENDING', middle?.id],
      [middle?.id, 'QUEUED', null],
      [leader?.id, 'FAILED', null],
    ]);
    await act(sweep.id, 'cancel').expect(200);
  });

  it('are over budget with their leader when it was stopped above theirs', async () => {
    const sweep = await create(api, { memoryBudgetMiB: [256, 512], seed: [30] });
    const [, leader] = await trialsOf(api, sweep.id);
    const { lease } = await claim(leader?.id ?? '');
    const reason = 'measured 513.0 MiB exceed the budget of 512 MiB';
    await finishTrial(
      api.platform.db,
      lease,
      { state: 'OVER_BUDGET', reason, measured: memory(513), dominantPart: 'activations' },
      '',
    );
    const done = await untilState(sweep.id, 'COMPLETED');
    expect(done.trials).toMatchObject({ OVER_BUDGET: 2 });
  });

  it('lead, from another sweep, when the leader is cancelled with its own', async () => {
    const first = await create(api, { seed: [40] });
    const second = await create(api, { seed: [40] });
    await act(first.id, 'cancel').expect(200);
    await untilTrials(second.id, 'a promotion', ([trial]) => trial?.state === 'QUEUED' && trial.leaderId === null);
    await act(second.id, 'cancel').expect(200);
  });
});

describe('the planner', () => {
  it('scores the configuration with the best mean on validation, each seed once, then completes the sweep', async () => {
    const sweep = await create(api, { rank: [2, 4], seed: [50, 51] });
    const perplexity: Record<string, number> = { '2/50': 10, '2/51': 30, '4/50': 18, '4/51': 16 };
    for (const { id, rank, seed } of await trialsOf(api, sweep.id))
      await succeed(id, perplexity[`${rank}/${seed}`] ?? 0);
    const trials = await untilTrials(sweep.id, 'scorings', (all) => scoringsOf(all).length > 0);
    const chosen = trials.filter(({ kind, rank }) => kind === 'train' && rank === 4);
    expect(scoringsOf(trials).map(({ state, scoresTrialId, seed }) => [state, scoresTrialId, seed])).toEqual([
      ['QUEUED', chosen[0]?.id, 50],
      ['QUEUED', chosen[1]?.id, 51],
    ]);
    expect((await view(sweep.id)).state).toBe('RUNNING');
    const [first, second] = scoringsOf(trials);
    await score(first?.id ?? '', [2, 3, 4]);
    await score(second?.id ?? '', [2.1, 3.1, 4.1]);
    expect(await untilState(sweep.id, 'COMPLETED')).toMatchObject({ trials: { SUCCEEDED: 6 } });
    const scores = scoringsOf(await trialsOf(api, sweep.id)).map(({ objective, score }) => [objective, score]);
    expect(scores).toEqual([
      [null, Math.exp(3)],
      [null, Math.exp(3.1)],
    ]);
    const { body } = await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${sweep.id}`).expect(200);
    const [row] = (body as Leaderboard).rows;
    expect(row).toMatchObject({ method: 'lora', rank: 4, status: 'scored', seeds: 2, validation: 17, tuningTrials: 4 });
    // The mean of 2, 3, 4 and 2.1, 3.1, 4.1 is 3.05.
    expect(row?.score).toBeCloseTo(Math.exp(3.05), 12);
    expect(row).toMatchObject({
      tuningSteps: 40,
      measuredPeakBytes: 100 * MIB,
      medianStepMs: 5,
      pareto: true,
      group: 'a',
    });
  });

  it('says on the board which seeds are missing from a score, and why', async () => {
    const sweep = await create(api, { seed: [65, 66, 67] });
    const [first, second, third] = await trialsOf(api, sweep.id);
    await succeed(first?.id ?? '', 17);
    await succeed(second?.id ?? '', 17);
    await fail(third?.id ?? '', 'no luck');
    const board = `/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${sweep.id}`;
    const rowOf = async () => ((await api.get(board).expect(200)).body as Leaderboard).rows[0];
    const scorings = scoringsOf(await untilTrials(sweep.id, 'scorings', (all) => scoringsOf(all).length === 2));
    expect(await rowOf()).toMatchObject({ status: 'queued', reason: expect.stringContaining('1 of 3 seeds failed') });
    await score(scorings[0]?.id ?? '', [2, 3, 4]);
    await fail(scorings[1]?.id ?? '', 'its adapter is gone');
    await untilState(sweep.id, 'COMPLETED');
    expect(await rowOf()).toMatchObject({
      status: 'scored',
      seeds: 1,
      reason: '1 of 3 seeds failed; 1 of 3 seeds has no test score: its adapter is gone',
    });
  });

  it('chooses under each budget', async () => {
    const sweep = await create(api, { rank: [2, 4], memoryBudgetMiB: [128, 512], seed: [60] });
    for (const trial of await trialsOf(api, sweep.id)) {
      if (trial.state !== 'QUEUED') continue;
      // The better one needs more than the small budget has.
      if (trial.rank === 4) await succeed(trial.id, 10, 300);
      else await succeed(trial.id, 20, 100);
    }
    const trials = await untilTrials(sweep.id, 'scorings', (all) => scoringsOf(all).length > 0);
    expect(
      scoringsOf(trials)
        .map(({ rank }) => rank)
        .sort(),
    ).toEqual([2, 4]);
    const board = async (query: string) =>
      (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${sweep.id}${query}`).expect(200))
        .body as Leaderboard;
    expect((await board('&memoryBudgetMiB=512')).rows[0]).toMatchObject({
      rank: 4,
      status: 'queued',
      smallestBudgetMiB: 512,
    });
    expect((await board('&memoryBudgetMiB=128')).rows[0]).toMatchObject({ rank: 2, smallestBudgetMiB: 128 });
    expect((await board('&memoryBudgetMiB=64')).rows[0]).toMatchObject({ status: 'does-not-fit', score: null });
    for (const { id } of scoringsOf(trials)) await score(id, [1, 2]);
    await untilState(sweep.id, 'COMPLETED');
  });

  it('links everything of a sweep that is known already', async () => {
    const overrides = { rank: [2, 4], seed: [50, 51], name: 'the same again' };
    const again = await create(api, overrides);
    expect(again).toMatchObject({ state: 'COMPLETED', total: 6, known: 6, trials: { SUCCEEDED: 6 } });
    const preview = await api.post('/v1/sweeps/preview', again.spec).expect(200);
    expect(preview.body).toMatchObject({ trials: 4, toRun: 0, known: 4, estimatedSeconds: 0 });
    const wider = { ...again.spec, seed: [50, 51, 52] };
    const estimate = (await api.post('/v1/sweeps/preview', wider).expect(200)).body;
    // Two further trainings of 10 steps; those measured took 2 s for 10 steps each; one live slot.
    expect(estimate).toMatchObject({ trials: 6, toRun: 2, known: 4, estimatedSeconds: 4 });
    const inASecond = (await api.post('/v1/sweeps/preview', { ...wider, trialTimeoutSeconds: 1 }).expect(200)).body;
    expect(inASecond.rows).toMatchObject(
      [2, 4].map((rank) => ({
        rank,
        warning:
          '10 steps of lora take about 2 s at the pace of earlier trainings, and a trial ends after 1 s: set trialTimeoutSeconds',
      })),
    );
    expect(estimate.rows.map(({ warning }: { warning?: string }) => warning)).toEqual([undefined, undefined]);
  });

  it('completes a sweep all of whose trainings failed, and opens it again for a retry', async () => {
    const sweep = await create(api, { seed: [70] });
    const [trial] = await trialsOf(api, sweep.id);
    await fail(trial?.id ?? '', 'no luck');
    expect(await untilState(sweep.id, 'COMPLETED')).toMatchObject({ trials: { FAILED: 1 } });
    const retried = await act(sweep.id, 'retry-failed').expect(200);
    expect(retried.body).toMatchObject({ changed: 1, sweep: { state: 'RUNNING', trials: { QUEUED: 1, FAILED: 0 } } });
    expect((await act(sweep.id, 'retry-failed').expect(200)).body.changed).toBe(0);
    await succeed(trial?.id ?? '', 12);
    const trials = await untilTrials(sweep.id, 'a scoring', (all) => scoringsOf(all).length === 1);
    await score(scoringsOf(trials)[0]?.id ?? '', [1, 2]);
    await untilState(sweep.id, 'COMPLETED');
  });

  it('lets a retried trial follow the one that took its key over', async () => {
    const first = await create(api, { seed: [80] });
    const second = await create(api, { seed: [80] });
    const [failed] = await trialsOf(api, first.id);
    await fail(failed?.id ?? '', 'no luck');
    const [promoted] = await untilTrials(second.id, 'a promotion', ([trial]) => trial?.state === 'QUEUED');
    expect((await act(first.id, 'retry-failed').expect(200)).body.changed).toBe(1);
    expect((await trialsOf(api, first.id))[0]).toMatchObject({ state: 'PENDING', leaderId: promoted?.id });
    await succeed(promoted?.id ?? '', 14);
    await untilTrials(first.id, 'the result', ([trial]) => trial?.state === 'SUCCEEDED' && trial.objective === 14);
    await Promise.all([act(first.id, 'cancel'), act(second.id, 'cancel')]);
  });
});

describe('the board', () => {
  it('compares methods, and lists what does not fit with the reason', async () => {
    const sweep = await create(api, {
      methods: [{ name: 'lora' }, { name: 'dora' }, { name: 'bitfit' }],
      memoryBudgetMiB: [512],
      seed: [90, 91],
    });
    const losses = { lora: 2, dora: 2.5, bitfit: 0 };
    for (const { id, method } of await trialsOf(api, sweep.id)) {
      if (method !== 'bitfit') await succeed(id, losses[method as 'lora'], method === 'lora' ? 100 : 200);
      else {
        const { lease } = await claim(id);
        const reason = 'measured 600.0 MiB exceed the budget of 512 MiB';
        await finishTrial(
          api.platform.db,
          lease,
          { state: 'OVER_BUDGET', reason, measured: memory(600), dominantPart: 'activations' },
          '',
        );
      }
    }
    const trials = await untilTrials(sweep.id, 'scorings', (all) => scoringsOf(all).length === 4);
    const examples = Array.from({ length: 50 }, (_, index) => Math.sin(index));
    for (const { id, method, seed } of scoringsOf(trials)) {
      const jitter = seed === 90 ? 0.001 : -0.001;
      await score(
        id,
        examples.map((value, index) => losses[method as 'lora'] + value + jitter * Math.cos(index)),
      );
    }
    await untilState(sweep.id, 'COMPLETED');
    const board = (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${sweep.id}`).expect(200))
      .body as Leaderboard;
    expect(board.rows.map(({ method, status, group, pareto }) => [method, status, group, pareto])).toEqual([
      ['lora', 'scored', 'a', true],
      ['dora', 'scored', 'b', false],
      ['bitfit', 'does-not-fit', null, false],
    ]);
    expect(board.rows[2]).toMatchObject({ reason: expect.stringContaining('600.0 MiB'), smallestBudgetMiB: null });
    expect(board).toMatchObject({ complete: true, testExamples: 50, budgetsMiB: [512] });
    expect(board.comparisons).toHaveLength(1);
    expect(board.comparisons[0]).toMatchObject({ a: 0, b: 1, effect: 'ratio', paired: true });
    expect(board.comparisons[0]?.difference).toBeCloseTo(Math.exp(-0.5), 6);
  });
});

describe('the queue', () => {
  const name = queueName('wasm', 64);
  let redis: Redis;
  let queue: Queue;

  beforeAll(() => {
    redis = new Redis(api.platform.redisUrl, { maxRetriesPerRequest: null });
    queue = new Queue(name, { connection: redis, prefix: 'rankforge' });
  });
  afterAll(async () => {
    await queue.close();
    redis.disconnect();
  });
  const waiting = async () =>
    (await queue.getJobs(['waiting', 'prioritized'], 0, -1, true)).map(({ data }) => data.trialId as string);

  it('holds one wake-up for each queued trial, with nothing but its id, the larger priority first', async () => {
    const later = await create(api, { seed: [100, 101], priority: 10 });
    const sooner = await create(api, { seed: [102], priority: 90 });
    const [[low, low2], [high]] = await Promise.all([trialsOf(api, later.id), trialsOf(api, sooner.id)]);
    const expected = [high?.id, low?.id, low2?.id];
    await waitFor('the wake-ups', async () => {
      const ids = await waiting();
      return expected.every((id) => ids.includes(id ?? ''));
    });
    const ours = (await waiting()).filter((id) => expected.includes(id));
    expect(ours).toEqual(expected);
    const job = await queue.getJob(`${high?.id}.0`);
    expect(job?.data).toEqual({ trialId: high?.id });
    expect(await api.platform.db.outbox.count()).toBe(0);
    await Promise.all([act(later.id, 'cancel'), act(sooner.id, 'cancel')]);
  });

  it('is filled again after it was flushed', async () => {
    const sweep = await create(api, { seed: [110, 111, 112] });
    const ids = (await trialsOf(api, sweep.id)).map(({ id }) => id);
    await waitFor('the wake-ups', async () => (await waiting()).filter((id) => ids.includes(id)).length === 3);
    await redis.flushdb();
    await waitFor('the wake-ups again', async () => (await waiting()).filter((id) => ids.includes(id)).length === 3);
    await act(sweep.id, 'cancel').expect(200);
  });
});

describe('leases', () => {
  it('put the trial back when they run out, and fail it when its attempts are used up', async () => {
    const sweep = await create(api, { seed: [120], retries: 1 });
    const [trial] = await trialsOf(api, sweep.id);
    const id = trial?.id ?? '';
    await claim(id, 0.1);
    await untilTrials(
      sweep.id,
      'the trial to be queued again',
      ([one]) => one?.state === 'QUEUED' && one.attempts === 1,
    );
    await claim(id, 0.1);
    await untilState(sweep.id, 'COMPLETED');
    const { body } = await api.get(`/v1/trials/${id}`).expect(200);
    expect(body).toMatchObject({ state: 'FAILED', reason: 'its worker was lost, and this was attempt 2 of 2' });
    expect(
      body.attemptList.map(({ number, leaseToken, outcome }: TrialDetailAttempt) => [number, leaseToken, outcome]),
    ).toEqual([
      [1, 1, 'lease-lost'],
      [2, 2, 'lease-lost'],
    ]);
    const series = (await api.get('/metrics', 'admin').expect(200)).text;
    expect(series).toMatch(/^rankforge_lease_losses_total 2$/m);
    expect(series).toMatch(/^rankforge_attempts_total\{outcome="lease-lost",engine="wasm"\} 2$/m);
  });

  it('are not given while the sweep is paused', async () => {
    const sweep = await create(api, { seed: [130] });
    const [trial] = await trialsOf(api, sweep.id);
    await act(sweep.id, 'pause').expect(200);
    const ask = () =>
      claimTrial(api.platform.db, { trialId: trial?.id ?? '', workerId, device: 'host', leaseSeconds: 60 });
    expect(await ask()).toBeUndefined();
    await act(sweep.id, 'resume').expect(200);
    expect(await ask()).toMatchObject({ sweepId: sweep.id, attempt: 1 });
    const cancelled = await act(sweep.id, 'cancel').expect(200);
    expect(cancelled.body).toMatchObject({ changed: 1, sweep: { trials: { CANCELLED: 1 } } });
    expectProblem(await act('01a20e48-c583-7731-9cc1-72d64fe4184a', 'cancel'), 404, 'not-found');
  });
});

describe('a leader of a paused sweep', () => {
  it('runs when a running sweep waits for its result', async () => {
    const paused = await create(api, { seed: [140] });
    const [leader] = await trialsOf(api, paused.id);
    await act(paused.id, 'pause').expect(200);
    const ask = () =>
      claimTrial(api.platform.db, { trialId: leader?.id ?? '', workerId, device: 'host', leaseSeconds: 60 });
    expect(await ask()).toBeUndefined();
    const waiting = await create(api, { seed: [140] });
    await succeed(leader?.id ?? '', 11);
    await untilTrials(waiting.id, 'the result', ([trial]) => trial?.state === 'SUCCEEDED');
    expect((await view(paused.id)).state).toBe('PAUSED');
    await Promise.all([act(paused.id, 'cancel'), act(waiting.id, 'cancel')]);
  });
});

type TrialDetailAttempt = { number: number; leaseToken: number; outcome: string };
