import type { PreviewRow, SweepDetail, SweepPreview } from '@rankforge/contracts';
import { MIB } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe('creating a sweep', () => {
  it('makes one trial for each method, configuration, rank, rate, budget and seed', async () => {
    const made = await create(api, {
      methods: [
        { name: 'lora', config: { alpha: [8, 16] } },
        { name: 'bitfit' },
        { name: 'full-ft', optimizer: 'galore', learningRate: [0.02] },
      ],
      rank: [2, 4],
      learningRate: [0.01, 0.1],
      memoryBudgetMiB: [256, 512],
      seed: [0, 1, 2],
    });
    const trials = await trialsOf(api, made.id);
    const count = (method: string) => trials.filter((trial) => trial.method === method).length;
    // lora: 2 alphas × 2 ranks × 2 rates; bitfit: no rank, 2 rates; galore: the optimizer's 2 ranks, a rate of its own.
    expect([count('lora'), count('bitfit'), count('full-ft')]).toEqual([8 * 6, 2 * 6, 2 * 6]);
    expect(made.total - made.scorings.total).toBe(72);
    expect(trials.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 72 }, (_, index) => index + 1));
    expect(new Set(trials.map(({ key }) => key)).size).toBe(36);
    expect(trials.filter(({ method, rank }) => method === 'bitfit' && rank !== null)).toEqual([]);
    const galore = trials.filter(({ optimizer }) => optimizer === 'galore');
    expect(new Set(galore.map(({ rank, learningRate }) => `${rank} ${learningRate}`))).toEqual(
      new Set(['2 0.02', '4 0.02']),
    );
  });

  it('foresees a scoring of each contender and seed', async () => {
    const methods = [
      { name: 'lora', learningRate: [0.01, 0.1] },
      { name: 'bitfit' },
      { name: 'lora', optimizer: 'sgd' },
    ];
    const made = await create(api, { methods, rank: [2, 4], memoryBudgetMiB: [256, 512], seed: [401, 402] });
    expect(made).toMatchObject({ scorings: { done: 0, total: 6 }, etaSeconds: null });
  });

  it('foresees a scoring of each configuration of a compression, as it is and recovered', async () => {
    const made = await create(api, {
      kind: 'compress',
      methods: [{ name: 'svd', config: { ratio: [0.3, 0.6] } }],
      recoverySteps: [0, 20],
      learningRate: [0.003, 0.001],
      memoryBudgetMiB: [512],
      seed: [403, 404],
      training: { batchSize: 8, sequenceLength: 32 },
    });
    expect(made).toMatchObject({ total: 12 + 8, scorings: { done: 0, total: 8 } });
  });

  it('foresees a scoring for each number of steps after a compression, each of which is a row', async () => {
    const made = await create(api, {
      kind: 'compress',
      methods: [{ name: 'svd', config: { ratio: [0.3, 0.6] } }],
      recoverySteps: [10, 20],
      memoryBudgetMiB: [512],
      seed: [405],
      training: { batchSize: 8, sequenceLength: 32 },
    });
    expect(made).toMatchObject({ total: 4 + 4, scorings: { done: 0, total: 4 } });
  });

  it('says how many trials still run after it was paused', async () => {
    const made = await create(api, { seed: [411, 412, 413] });
    const [first] = await trialsOf(api, made.id);
    await api.platform.db.trial.update({ where: { id: first!.id }, data: { state: 'RUNNING' } });
    expect((await api.get(`/v1/sweeps/${made.id}`).expect(200)).body).toMatchObject({ state: 'RUNNING', draining: 0 });
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    const { body } = await api.get(`/v1/sweeps/${made.id}`).expect(200);
    expect(body).toMatchObject({ state: 'PAUSED', draining: 1 });
  });

  it('fills defaults in before anything is compared', async () => {
    const spelled = await create(api, { seed: [100], methods: [{ name: 'lora', config: { alpha: 8 } }] });
    const silent = await create(api, { seed: [100] });
    const [[first], [second]] = await Promise.all([trialsOf(api, spelled.id), trialsOf(api, silent.id)]);
    expect(second?.key).toBe(first?.key);
    const { body } = await api.get(`/v1/trials/${second?.id}`).expect(200);
    expect(body.spec.methodConfig).toEqual({ rank: 2, alpha: 8 });
    expect(body.spec.optimizerConfig).toMatchObject({ beta1: 0.9, beta2: 0.999 });
    expect(body.spec.training).toMatchObject({ accumulate: 1, schedule: 'cosine', targets: ['query', 'value'] });
  });

  it('answers a sweep of the size of the demo with its trials and wake-ups written', async () => {
    const made = await create(api, {
      methods: ['lora', 'rslora', 'dora', 'pissa', 'lora-xs', 'adalora'].map((name) => ({ name })),
      rank: [3, 5, 7],
      memoryBudgetMiB: [100, 200],
      seed: [11, 12, 13],
    });
    expect(made.trials).toMatchObject({ QUEUED: 54, PENDING: 54 });
  });

  it('lets the largest budget lead and the others follow', async () => {
    const made = await create(api, { memoryBudgetMiB: [128, 512, 256], seed: [200] });
    const trials = await trialsOf(api, made.id);
    const leader = trials.find(({ memoryBudgetMiB }) => memoryBudgetMiB === 512);
    expect(trials.map(({ memoryBudgetMiB, state, leaderId }) => [memoryBudgetMiB, state, leaderId])).toEqual([
      [128, 'PENDING', leader?.id],
      [512, 'QUEUED', null],
      [256, 'PENDING', leader?.id],
    ]);
  });

  it('does not run what is predicted not to fit, and says what takes the most', async () => {
    const made = await create(api, { memoryBudgetMiB: [0.25, 512], seed: [300] });
    const [over, leader] = await trialsOf(api, made.id);
    expect(leader).toMatchObject({ state: 'QUEUED', leaderId: null });
    expect(over).toMatchObject({ state: 'OVER_BUDGET', attempts: 0, measuredBytes: null });
    expect(over?.predictedBytes).toBeGreaterThan(0.25 * MIB);
    expect(over?.reason).toBe(
      `predicted ${((over?.predictedBytes ?? 0) / MIB).toFixed(1)} MiB exceed the budget of 0.25 MiB; ` +
        `largest part: ${over?.dominantPart} (${over?.reason?.match(/\(([\d.]+) MiB\)/)?.[1]} MiB)`,
    );
  });

  it('is complete at once when nothing fits', async () => {
    const made = await create(api, { memoryBudgetMiB: [0.1], seed: [400] });
    expect(made).toMatchObject({ state: 'COMPLETED', trials: { OVER_BUDGET: 1 } });
    expect(made.finishedAt).not.toBeNull();
  });

  it('follows a trial of another sweep with the same key, unless told not to', async () => {
    const first = await create(api, { seed: [500] });
    const second = await create(api, { seed: [500], name: 'again' });
    const third = await create(api, { seed: [500], reuse: false });
    const [leader] = await trialsOf(api, first.id);
    const [follower] = await trialsOf(api, second.id);
    const [own] = await trialsOf(api, third.id);
    expect(follower).toMatchObject({ state: 'PENDING', leaderId: leader?.id, key: leader?.key });
    expect(own).toMatchObject({ state: 'QUEUED', leaderId: null });
    expect(own?.key).not.toBe(leader?.key);
  });

  it('makes one leader per key however many ask at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => create(api, { seed: [600, 601] })));
    const trials = (await Promise.all(made.map(({ id }) => trialsOf(api, id)))).flat();
    expect(trials.filter(({ state }) => state === 'QUEUED')).toHaveLength(2);
    expect(trials.filter(({ state }) => state === 'PENDING')).toHaveLength(14);
  });

  it('writes all of it or nothing', async () => {
    const { db } = api.platform;
    const before = [await db.sweep.count(), await db.trial.count(), await db.event.count()];
    await db.$executeRaw`ALTER TABLE "Outbox" ADD CONSTRAINT "no_wake_up" CHECK ("priority" <> 77)`;
    expectProblem(await api.post('/v1/sweeps', sweep(api.base, { priority: 77, seed: [700] })), 500, 'internal');
    await db.$executeRaw`ALTER TABLE "Outbox" DROP CONSTRAINT "no_wake_up"`;
    expect([await db.sweep.count(), await db.trial.count(), await db.event.count()]).toEqual(before);
  });

  it('draws configurations at random without repeating one, the same for the same seed', async () => {
    const rank = Array.from({ length: 16 }, (_, index) => index + 1);
    const overrides = {
      rank,
      learningRate: [0.001, 0.01, 0.1],
      seed: [800, 801],
      search: { kind: 'random' as const, trials: 5, seed: 3 },
    };
    const configurations = async () =>
      (await trialsOf(api, (await create(api, overrides)).id)).map((trial) => `${trial.rank} ${trial.learningRate}`);
    const [first, second] = [await configurations(), await configurations()];
    expect(first).toHaveLength(10);
    expect(new Set(first).size).toBe(5);
    expect(second).toEqual(first);
  });

  it('refuses a sweep of random points only when the points are too many', async () => {
    const values = Array.from({ length: 250 }, (_, index) => index + 1);
    const search = { kind: 'random' as const, trials: 3, seed: 0 };
    const methods = [{ name: 'lora', config: { alpha: values } }];
    const learningRate = values.map((value) => value / 1e6);
    const made = await create(api, { methods, rank: values.slice(0, 32), learningRate, search, seed: [900] });
    expect(made.total - made.scorings.total).toBe(3);
  });
});

describe('a preview', () => {
  const preview = async (overrides: Parameters<typeof sweep>[1]) =>
    (await api.post('/v1/sweeps/preview', sweep(api.base, overrides), 'viewer').expect(200)).body as SweepPreview;

  it('says what would be created, and writes nothing', async () => {
    const overrides = {
      methods: [{ name: 'lora' }, { name: 'full-ft' }],
      memoryBudgetMiB: [0.1, 512],
      rank: [2, 4],
      seed: [1100, 1101],
    };
    const before = await api.platform.db.event.count();
    const result = await preview(overrides);
    expect(await api.platform.db.event.count()).toBe(before);
    expect(result).toMatchObject({ trials: 12, toRun: 6, known: 0, overBudget: 6, truncated: false });
    expect(result.rows.map(({ method, rank, seeds }) => [method, rank, seeds])).toEqual([
      ['lora', 2, 2],
      ['lora', 4, 2],
      ['full-ft', null, 2],
    ]);
    const [lora] = result.rows as [PreviewRow];
    expect(lora.budgets).toEqual([
      {
        memoryBudgetMiB: 0.1,
        fits: false,
        reason: expect.stringMatching(/^predicted .* exceed the budget of 0.1 MiB/),
      },
      { memoryBudgetMiB: 512, fits: true },
    ]);
    // query and value of one layer of width 32: 2 × rank × (32 + 32).
    expect(result.rows.slice(0, 2).map(({ trainableParameters }) => trainableParameters)).toEqual([256, 512]);
    const made = await create(api, overrides);
    expect(made.trials).toMatchObject({ QUEUED: result.toRun, OVER_BUDGET: result.overBudget });
    const [trial] = await trialsOf(api, made.id);
    expect(trial?.predictedBytes).toBe(lora.predicted.total);
  });

  it('predicts for the engine that the sweep names, which need not be here', async () => {
    const overrides = { methods: [{ name: 'full-ft' }], seed: [1150] };
    const [onWasm] = (await preview(overrides)).rows as [PreviewRow];
    const [onTensorflow] = (await preview({ ...overrides, engine: 'tensorflow' })).rows as [PreviewRow];
    const { total: more, ...ofWasm } = onWasm.predicted;
    const { total: less, ...ofTensorflow } = onTensorflow.predicted;
    expect(less).toBeLessThan(more);
    expect(ofTensorflow).toMatchObject({ weights: ofWasm.weights, optimizer: ofWasm.optimizer });
  });

  it('names what an optimizer leaves to another rule', async () => {
    const methods = [
      { name: 'full-ft', optimizer: 'frugal', optimizerConfig: { density: 0.025 } },
      { name: 'full-ft', optimizer: 'frugal', optimizerConfig: { density: 0.25 } },
    ];
    const { rows } = await preview({ methods });
    // A fortieth of 32 inputs is less than one, of 64 more.
    expect(rows.map(({ notice }) => notice)).toEqual([
      'frugal: density 0.025 is less than one input of these kernels, which move by the sign of the gradient alone: ' +
        ['query', 'key', 'value', 'output'].map((name) => `blocks.0.attention.${name}.kernel [32,32], `).join('') +
        'blocks.0.mlp.fc_in.kernel [32,64]',
      undefined,
    ]);
  });

  it('names options that are of no use to a method or an optimizer', async () => {
    const methods = [{ name: 'full-ft', optimizer: 'spam', optimizerConfig: { gap: 2 } }, { name: 'lora' }];
    const { rows } = await preview({ methods, training: { dropout: 0.1 } });
    expect(rows.map(({ notice }) => notice)).toEqual([
      'spam: clipNorm 1 shortens whole gradients before it cuts the entries that are too large: set clipNorm to null for the optimizer of the paper; ' +
        'full-ft: drops no inputs of layers: dropout 0.1 changes nothing',
      undefined,
    ]);
  });

  it('scales an open gap with the steps of the run, and says which gap never comes round', async () => {
    const galore = { name: 'full-ft', optimizer: 'galore' };
    const methods = [galore, { ...galore, optimizerConfig: { gap: 200 } }];
    const { rows } = await preview({ methods, training: { steps: 40 } });
    expect(rows.map(({ config, neverFired }) => ({ gap: config.gap, neverFired }))).toEqual([
      { gap: 4, neverFired: undefined },
      { gap: 200, neverFired: ['galore: never refreshes its subspace in 40 steps (gap 200)'] },
    ]);
  });

  it.each([
    [{ queryTokens: 8 }, '/training/queryTokens', /gpt2 reads no row with padding .* bert or roberta$/],
    [{ apartBlocks: 1, queryTokens: 8 }, '/training/apartBlocks', /of 1 in the model, .* to 0 or less$/],
    [{ apartBlocks: -1, queryTokens: 8 }, '/training/apartBlocks', /at least 0/],
  ])('refuses %o, which no ranker on this base can do', async (more, path, message) => {
    const training = { steps: 2, batchSize: 2, sequenceLength: 32, ...more };
    const request = sweep(api.base, { task: 'moby-dick-search', training });
    const response = await api.post('/v1/sweeps/preview', request, 'viewer');
    expect(expectProblem(response, 400, 'validation', [path]).errors![0]!.message).toMatch(message);
  });

  it('counts what is under way already as nothing to run', async () => {
    await create(api, { seed: [1200] });
    expect(await preview({ seed: [1200, 1201] })).toMatchObject({ trials: 2, toRun: 1 });
    expect(await preview({ seed: [1200, 1201], reuse: false })).toMatchObject({ trials: 2, toRun: 2 });
  });

  it('does not guess a time when nothing comparable has run', async () => {
    expect((await preview({ seed: [1300] })).estimatedSeconds).toBeNull();
  });
});

describe('steering a sweep', () => {
  const act = (id: string, action: string) => api.post(`/v1/sweeps/${id}/${action}`);

  it('cancels once, and what had ended stays', async () => {
    const made = await create(api, { seed: [1400, 1401], memoryBudgetMiB: [0.1, 512] });
    const first = await act(made.id, 'cancel').expect(200);
    expect(first.body).toMatchObject({
      changed: 2,
      sweep: { state: 'CANCELLED', trials: { CANCELLED: 2, OVER_BUDGET: 2 } },
    });
    const second = await act(made.id, 'cancel').expect(200);
    expect(second.body).toMatchObject({ changed: 0, sweep: { state: 'CANCELLED' } });
    expectProblem(await act(made.id, 'resume'), 409, 'conflict');
    expectProblem(await act(made.id, 'pause'), 409, 'conflict');
    expectProblem(await act(made.id, 'retry-failed'), 409, 'conflict');
  });

  it('pauses and resumes', async () => {
    const made = await create(api, { seed: [1500] });
    expect((await act(made.id, 'pause').expect(200)).body).toMatchObject({ changed: 1, sweep: { state: 'PAUSED' } });
    expect((await act(made.id, 'pause').expect(200)).body).toMatchObject({ changed: 0 });
    expect((await act(made.id, 'resume').expect(200)).body).toMatchObject({ changed: 1, sweep: { state: 'RUNNING' } });
    expect((await act(made.id, 'resume').expect(200)).body).toMatchObject({ changed: 0 });
  });

  it('clones the request', async () => {
    const made = await create(api, { seed: [1600], name: 'original', priority: 80 });
    const { body } = await act(made.id, 'clone').expect(201);
    expect(body.sweep).toMatchObject({ name: 'original', priority: 80, total: 2 });
    expect(body.sweep.id).not.toBe(made.id);
    const clone = (await api.get(`/v1/sweeps/${body.sweep.id}`).expect(200)).body as SweepDetail;
    expect(clone.spec).toEqual(made.spec);
  });

  it('clones once under a key, also where the original was extended meanwhile', async () => {
    const made = await create(api, { seed: [1650] });
    const clone = (id: string, key: string) => act(id, 'clone').set('idempotency-key', key);
    const first = await clone(made.id, 'clone-1').expect(201);
    expect(first.body.changed).toBe(1);
    await api.post(`/v1/sweeps/${made.id}/extend`, { seed: [1651] }).expect(200);
    const second = await clone(made.id, 'clone-1').expect(201);
    expect(second.body).toMatchObject({ changed: 0, sweep: { id: first.body.sweep.id, total: 2 } });
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect((await clone(made.id, 'clone-2').expect(201)).body.sweep.id).not.toBe(first.body.sweep.id);
    expectProblem(await clone(first.body.sweep.id, 'clone-1'), 422, 'idempotency-mismatch');
    expectProblem(await clone(made.id, 'two words'), 400, 'validation', ['/idempotency-key']);
  });
});

describe('the list of sweeps', () => {
  it('comes newest first, page by page, without gap or repeat', async () => {
    const ids: string[] = [];
    let cursor = '';
    do {
      const { body } = await api.get(`/v1/sweeps?limit=7${cursor}`).expect(200);
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
    } while (cursor);
    const all = await api.platform.db.sweep.findMany({ orderBy: { createdAt: 'desc' }, select: { id: true } });
    expect(ids).toHaveLength(all.length);
    expect([...ids].sort().reverse()).toEqual(ids);
    expect(new Set(ids)).toEqual(new Set(all.map(({ id }) => id)));
  });

  it('filters by state and task', async () => {
    const { body } = await api.get('/v1/sweeps?state=CANCELLED').expect(200);
    expect(body.items.map(({ state }: { state: string }) => state)).toEqual(['CANCELLED']);
    expect((await api.get('/v1/sweeps?task=spam-assassin').expect(200)).body.items).toEqual([]);
  });

  it('finds a text in names, tasks and base models, in capitals or not, as it is', async () => {
    const made = await create(api, { name: 'LoRA at 50 % of_the budget' });
    const found = async (search: string) => {
      const { body } = await api.get(`/v1/sweeps?limit=500&search=${encodeURIComponent(search)}`).expect(200);
      return body.items.map(({ id }: { id: string }) => id);
    };
    expect(await found(' lora AT 50 ')).toEqual([made.id]);
    expect(await found('50 % of_the')).toEqual([made.id]);
    expect(await found('l%budget')).toEqual([]);
    expect(await found('of_the_budget')).toEqual([]);
    expect(await found('a\\')).toEqual([]);
    expect(await found(made.task.toUpperCase())).toContain(made.id);
    expect(await found(made.base)).toContain(made.id);
    expectProblem(await api.get('/v1/sweeps?search=%20'), 400, 'validation', ['/search']);
  });
});
