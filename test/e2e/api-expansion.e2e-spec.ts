import { queueName, type SweepDetail, type TrialView } from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiProcess, waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let workerId: string;

beforeAll(async () => {
  // A test kills it.
  api = await startApi({}, { ownProcess: true });
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const view = async (id: string) => (await api.get(`/v1/sweeps/${id}`).expect(200)).body as SweepDetail;
const act = (id: string, action: string, body?: object) => api.post(`/v1/sweeps/${id}/${action}`, body);
const waiting = ({ trials }: SweepDetail) => trials.PENDING + trials.QUEUED;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);

/** 10 ranks × 250 learning rates × `seeds`. */
const large = (seeds: number, overrides = {}) =>
  create(api, { rank: upTo(10), learningRate: upTo(250).map((n) => n / 1e5), seed: upTo(seeds), ...overrides });

async function succeed(trialId: string, perplexity = 10): Promise<void> {
  const claimed = await claimTrial(api.platform.db, { trialId, workerId, device: 'host', leaseSeconds: 60 });
  if (!claimed) throw new Error(`trial ${trialId} cannot be claimed`);
  const { lease, kind, predicted } = claimed;
  const outcome =
    kind === 'train'
      ? { result: { validation: { perplexity }, seconds: 1 }, objective: perplexity, step: 10, measured: predicted }
      : {
          result: { test: { perplexity }, seconds: 1 },
          objective: null,
          step: 0,
          exampleScores: { perplexity: [1, 2] },
        };
  expect(await finishTrial(api.platform.db, lease, { state: 'SUCCEEDED', ...outcome }, '')).toBe(true);
}

/** Ends every trial as it is queued, until the sweep has ended. */
async function runToTheEnd(id: string, perplexity: (trial: TrialView) => number = () => 10): Promise<TrialView[]> {
  await waitFor(`sweep ${id} to be complete`, async () => {
    for (const trial of await trialsOf(api, id))
      if (trial.state === 'QUEUED') await succeed(trial.id, perplexity(trial));
    return (await view(id)).state === 'COMPLETED';
  });
  return trialsOf(api, id);
}

describe('a sweep of 100,000 trials', () => {
  it('is created by one request, a window of it at a time, counted as a whole, and cancelled at any moment', async () => {
    const made = await large(40);
    // The best of 2,500 configurations is scored with 40 seeds.
    expect(made).toMatchObject({ state: 'RUNNING', total: 100_040, stepsTotal: 1_000_000, scorings: { total: 40 } });
    expect(sum(made.trials) + made.uncreated).toBe(100_000);
    const filled = await waitFor('the window to fill', async () => {
      const sweep = await view(made.id);
      return waiting(sweep) >= 4000 ? sweep : undefined;
    });
    expect(filled).toMatchObject({ total: 100_040, uncreated: 96_000 });
    expect(sum(filled.trials)).toBe(4000);
    const page = await api.get(`/v1/trials?sweepId=${made.id}&state=QUEUED&rank=1&limit=1`).expect(200);
    expect(page.body.items).toHaveLength(1);
    const cancelled = await act(made.id, 'cancel').expect(200);
    expect(cancelled.body).toMatchObject({
      changed: 4000,
      sweep: { state: 'CANCELLED', total: 100_000, uncreated: 96_000, trials: { CANCELLED: 4000 } },
    });
    expect((await act(made.id, 'cancel').expect(200)).body.changed).toBe(0);
  });
});

describe('a window of waiting trials', () => {
  it('moves on as trials end, without a gap or a repeat, and does not while the sweep is paused', async () => {
    const made = await large(2, { seed: [51, 52] });
    await waitFor('the window to fill', async () => waiting(await view(made.id)) >= 4000);
    await act(made.id, 'pause').expect(200);
    // As if workers had taken more than a quarter of the window.
    await api.platform.db.$executeRaw`
      UPDATE "Trial" SET "state" = 'OVER_BUDGET', "finishedAt" = now()
      WHERE "sweepId" = ${made.id}::uuid AND "ordinal" <= 1500`;
    expect((await view(made.id)).uncreated).toBe(1000);
    await act(made.id, 'resume').expect(200);
    const whole = await waitFor('the rest', async () => {
      const sweep = await view(made.id);
      return sweep.uncreated === 0 ? sweep : undefined;
    });
    expect(whole).toMatchObject({ total: 5002, trials: { OVER_BUDGET: 1500 } });
    const rows = await api.platform.db.trial.findMany({
      where: { sweepId: made.id },
      select: { ordinal: true, key: true },
      orderBy: { ordinal: 'asc' },
    });
    expect(rows.map(({ ordinal }) => ordinal)).toEqual(upTo(5000));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(5000);
    await act(made.id, 'cancel').expect(200);
  });

  it('goes on after the API was killed, with two others at once, and nothing comes twice', async () => {
    const made = await large(2, { seed: [601, 602], memoryBudgetMiB: [0.1] });
    process.kill((api.api as ApiProcess).pid, 'SIGKILL');
    const env = { RANKFORGE_MODELS_DIR: api.modelsDir };
    [api.api] = await Promise.all([api.platform.startApi(env), api.platform.startApi(env)]);
    const done = await waitFor('every row', async () => {
      const sweep = await view(made.id);
      return sweep.state === 'COMPLETED' ? sweep : undefined;
    });
    expect(done).toMatchObject({ total: 5000, uncreated: 0, trials: { OVER_BUDGET: 5000 } });
    const [rows] = await api.platform.db.$queryRaw<object[]>`
      SELECT count(DISTINCT "key")::int AS "keys", max("ordinal") AS "last" FROM "Trial" WHERE "sweepId" = ${made.id}::uuid`;
    expect(rows).toEqual({ keys: 5000, last: 5000 });
  });
});

describe('a sweep whose plan can no longer be made', () => {
  it('is paused with the reason, and goes on when that is gone', async () => {
    const made = await large(2, { seed: [71, 72] });
    await waitFor('the window to fill', async () => waiting(await view(made.id)) >= 4000);
    const { db } = api.platform;
    const rename = (base: string) =>
      db.$executeRaw`UPDATE "Sweep" SET "spec" = jsonb_set("spec", '{base}', to_jsonb(${base}::text)) WHERE "id" = ${made.id}::uuid`;
    await rename('gone');
    await db.$executeRaw`
      UPDATE "Trial" SET "state" = 'OVER_BUDGET', "finishedAt" = now()
      WHERE "sweepId" = ${made.id}::uuid AND "ordinal" <= 1500`;
    const paused = await waitFor('the pause', async () => {
      const sweep = await view(made.id);
      return sweep.state === 'PAUSED' ? sweep : undefined;
    });
    expect(paused.reason).toMatch(/^no further trial can be created: .*\/base: unknown base model "\S+"; known: /);
    await rename(api.base);
    const resumed = await act(made.id, 'resume').expect(200);
    // Nobody works here: the reason of the pause is gone, and this one is of the trials that wait.
    expect(resumed.body.sweep).toMatchObject({
      state: 'RUNNING',
      reason: 'no worker is alive: `rankforge worker` starts one',
    });
    await waitFor('the rest', async () => (await view(made.id)).uncreated === 0);
    await act(made.id, 'cancel').expect(200);
  });
});

describe('extending a sweep', () => {
  it('adds seeds, ranks, rates and budgets, runs only what is new, and changes nothing the second time', async () => {
    const made = await create(api, { rank: [2], seed: [100, 101], memoryBudgetMiB: [0.1, 512], name: 'to extend' });
    const before = await runToTheEnd(made.id);
    const more = { rank: [2, 4], seed: [102], learningRate: [0.02], memoryBudgetMiB: [1024] };
    const extended = await act(made.id, 'extend', more).expect(200);
    // 2 ranks × 2 rates × 3 seeds × 3 budgets, less the 4 there were.
    expect(extended.body).toMatchObject({ changed: 32, sweep: { state: 'RUNNING', uncreated: 0, finishedAt: null } });
    expect((await act(made.id, 'extend', more).expect(200)).body.changed).toBe(0);
    expect((await view(made.id)).spec).toMatchObject({
      rank: [2, 4],
      seed: [100, 101, 102],
      learningRate: [0.01, 0.02],
      memoryBudgetMiB: [0.1, 512, 1024],
    });
    const after = await runToTheEnd(made.id, ({ rank, learningRate }) =>
      rank === 4 && learningRate === 0.02 ? 5 : 20,
    );
    expect(after.slice(0, before.length).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    const trainings = after.filter(({ kind }) => kind === 'train');
    expect(trainings).toHaveLength(36);
    // 12 trainings in all, 2 of them before; each ran once, whatever its budgets.
    expect(trainings.filter(({ attempts }) => attempts > 0)).toHaveLength(12);
    expect(
      trainings.filter(({ memoryBudgetMiB, state }) => memoryBudgetMiB === 1024 && state === 'SUCCEEDED'),
    ).toHaveLength(12);
    expect(new Set(trainings.map((t) => `${t.rank} ${t.learningRate} ${t.seed} ${t.memoryBudgetMiB}`)).size).toBe(36);
    const scorings = after.filter(({ kind }) => kind === 'score');
    expect(scorings.map(({ rank, seed }) => [rank, seed])).toEqual([
      [2, 100],
      [2, 101],
      [4, 100],
      [4, 101],
      [4, 102],
    ]);
  });

  it('takes the own first learning rate of a method where the sweep has none', async () => {
    const made = await create(api, { learningRate: undefined, seed: [110] });
    const [first] = await trialsOf(api, made.id);
    await act(made.id, 'extend', { learningRate: [0.5] }).expect(200);
    expect((await view(made.id)).spec.methods[0]?.learningRate).toEqual([first?.learningRate, 0.5]);
    await act(made.id, 'cancel').expect(200);
  });

  it('is of a sweep that expands while it is extended', async () => {
    const made = await large(2, { seed: [121, 122], memoryBudgetMiB: [0.1] });
    expect((await act(made.id, 'extend', { seed: [123] }).expect(200)).body.sweep.total).toBe(7500);
    await waitFor('every row', async () => (await view(made.id)).state === 'COMPLETED');
    expect(await view(made.id)).toMatchObject({ total: 7500, uncreated: 0, trials: { OVER_BUDGET: 7500 } });
  });

  it('refuses what it cannot do, and says what it can', async () => {
    const made = await create(api, { seed: [130], search: { kind: 'random', trials: 1 }, rank: [2, 4] });
    const random = expectProblem(await act(made.id, 'extend', { rank: [8] }), 400, 'validation', ['/rank']);
    expect(random.errors?.[0]?.message).toContain('a random search can be extended only by seed and memoryBudgetMiB');
    const own = await create(api, { seed: [131], methods: [{ name: 'lora', rank: [2] }] });
    expectProblem(await act(own.id, 'extend', { rank: [8] }), 400, 'validation', ['/rank']);
    expectProblem(await act(own.id, 'extend', {}), 400, 'validation');
    expectProblem(await act(own.id, 'extend', { seed: [-1] }), 400, 'validation', ['/seed/0']);
    await act(own.id, 'cancel').expect(200);
    expectProblem(await act(own.id, 'extend', { seed: [132] }), 409, 'conflict');
    const wide = await create(api, { seed: [133], rank: [2], methods: [{ name: 'pissa' }] });
    const tooLarge = expectProblem(await act(wide.id, 'extend', { rank: [60_000] }), 400, 'validation');
    expect(tooLarge.errors?.[0]?.message).toContain('takes ranks up to');
    expect((await view(wide.id)).spec.rank).toEqual([2]);
    await Promise.all([act(made.id, 'cancel'), act(wide.id, 'cancel')]);
  });
});

describe('the priority of a sweep', () => {
  const name = queueName('wasm', 64);
  let redis: Redis;
  let queue: Queue;

  beforeAll(async () => {
    redis = new Redis(api.platform.redisUrl, { maxRetriesPerRequest: null });
    queue = new Queue(name, { connection: redis, prefix: 'rankforge' });
    // The thousands of the sweeps that were cancelled above: no worker is there to find them stale.
    await queue.drain();
  });
  afterAll(async () => {
    await queue.close();
    redis.disconnect();
  });

  it('moves the wake-ups that wait, up and down, and changes nothing the second time', async () => {
    const first = await create(api, { seed: [200], priority: 50 });
    const second = await create(api, { seed: [201], priority: 60 });
    const [[a], [b]] = await Promise.all([trialsOf(api, first.id), trialsOf(api, second.id)]);
    const order = async () =>
      (await queue.getJobs(['waiting', 'prioritized'], 0, -1, true))
        .map(({ data }) => data.trialId as string)
        .filter((id) => id === a?.id || id === b?.id);
    const untilOrder = (expected: (string | undefined)[]) =>
      waitFor('the order of the wake-ups', async () => (await order()).join() === expected.join());
    await untilOrder([b?.id, a?.id]);
    const raised = await act(first.id, 'priority', { priority: 90 }).expect(200);
    expect(raised.body).toMatchObject({ changed: 1, sweep: { priority: 90 } });
    await untilOrder([a?.id, b?.id]);
    expect((await act(first.id, 'priority', { priority: 90 }).expect(200)).body.changed).toBe(0);
    await act(first.id, 'priority', { priority: 10 }).expect(200);
    await untilOrder([b?.id, a?.id]);
    expect((await view(first.id)).spec.priority).toBe(10);
    expect((await trialsOf(api, first.id)).map(({ state }) => state)).toEqual(['QUEUED']);
    expectProblem(await act(first.id, 'priority', { priority: 101 }), 400, 'validation', ['/priority']);
    await Promise.all([act(first.id, 'cancel'), act(second.id, 'cancel')]);
    expectProblem(await act(first.id, 'priority', { priority: 5 }), 409, 'conflict');
  });
});

describe('a clone and a retry of a sweep that is not created whole', () => {
  it('clones the plan, and retries what failed', async () => {
    const made = await large(2, { seed: [301, 302] });
    const [trial] = await trialsOf(api, made.id);
    const claimed = await claimTrial(api.platform.db, {
      trialId: trial?.id ?? '',
      workerId,
      device: 'host',
      leaseSeconds: 60,
    });
    const failed = { state: 'FAILED' as const, reason: 'no luck', attempt: 'failed' as const };
    await finishTrial(api.platform.db, claimed!.lease, failed, '');
    expect((await act(made.id, 'retry-failed').expect(200)).body).toMatchObject({ changed: 1, sweep: { total: 5002 } });
    const clone = await act(made.id, 'clone').expect(201);
    expect(clone.body.sweep).toMatchObject({ total: 5002, state: 'RUNNING' });
    await Promise.all([act(made.id, 'cancel'), act(clone.body.sweep.id, 'cancel')]);
  });
});

describe('a training that goes on to the next rung', () => {
  /** Three first rungs, and the one that goes on from them; `before` is called when the first ones are queued. */
  async function promoted(name: string, before: (sweepId: string) => Promise<unknown>) {
    const scheduler = { kind: 'asha', minSteps: 2, reduction: 3 } as const;
    const { id } = await create(api, { name, learningRate: [0.1, 0.2, 0.3], seed: [1], reuse: false, scheduler });
    await before(id);
    const rungs = await trialsOf(api, id);
    expect(rungs).toHaveLength(3);
    for (const rung of rungs) await succeed(rung.id, 10 * rung.learningRate!);
    const next = await waitFor('the best to go on', () =>
      api.platform.db.trial.findFirst({ where: { sweepId: id, id: { notIn: rungs.map((rung) => rung.id) } } }),
    );
    expect(next.learningRate).toBe(0.1);
    return { next, from: rungs.find(({ learningRate }) => learningRate === 0.1)!.id };
  }

  it('does so from the checkpoint of the rung below', async () => {
    const { next, from } = await promoted('as it was', async () => undefined);
    expect(next.continuesId).toBe(from);
  });

  it('begins anew where the rung below was of other data or another version of the library', async () => {
    const { next } = await promoted(
      'upgraded',
      (sweepId) =>
        api.platform.db
          .$executeRaw`UPDATE "Trial" SET "key" = 'older ' || "id"::text WHERE "sweepId" = ${sweepId}::uuid`,
    );
    expect(next.continuesId).toBeNull();
  });
});
