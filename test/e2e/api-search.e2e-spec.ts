/** @file What a request may ask of a search and a scheduler, and what is written before any result. */
import type { SweepPreview } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const range = { min: 1e-4, max: 1e-1 };
const sobol = { kind: 'sobol', trials: 4, seed: 0 } as const;
const asha = { kind: 'asha', minSteps: 2, reduction: 3 } as const;

describe('a request', () => {
  it.each([
    [
      'a range in a grid',
      { learningRate: range },
      '/learningRate',
      'a grid search takes lists: give values, or search by sobol or tpe',
    ],
    [
      'a range of a method in a random search',
      { methods: [{ name: 'lora', rank: { min: 1, max: 4 } }], search: { kind: 'random', trials: 3 } },
      '/methods/0/rank',
      'a random search takes lists: give values, or search by sobol or tpe',
    ],
    ['a range upside down', { learningRate: { min: 1, max: 0.1 } }, '/learningRate/max', 'must be above min'],
    [
      'a rank above what the layers take',
      { methods: [{ name: 'pissa' }], rank: { min: 1, max: 4096 }, search: sobol },
      '/rank/max',
      /^pissa takes ranks up to \d+ on the targeted layers, got 4096$/,
    ],
    [
      'two entries of one method that a search would draw the same from',
      {
        methods: [
          { name: 'lora', rank: [1, 2, 3] },
          { name: 'dora', rank: [1, 2, 3] },
          { name: 'lora', rank: [2, 3, 4] },
        ],
        learningRate: range,
        search: sobol,
      },
      '/methods/2',
      'lora is /methods/0 already, and the axes of the two have values in common, so that a sobol search may train a configuration twice: make them one entry, or give one axis values that the other entry has none of',
    ],
    [
      'a first rung at the end',
      { training: { steps: 10 }, scheduler: { ...asha, minSteps: 10 } },
      '/scheduler/minSteps',
      'must be less than the 10 steps of a whole training, got 10',
    ],
    [
      'one bracket only',
      { training: { steps: 10 }, scheduler: { ...asha, kind: 'hyperband', minSteps: 9 } },
      '/scheduler/minSteps',
      'there is one rung only between 9 and 10 steps: take a smaller minSteps or reduction',
    ],
    [
      'more seeds to try with than there are',
      { training: { steps: 10 }, seed: [0, 1], scheduler: { ...asha, rungSeeds: 3 } },
      '/scheduler/rungSeeds',
      '3 seeds are to try a configuration, and the sweep has 2: list more seeds, or lower it',
    ],
    [
      'a median with nothing to compare',
      { training: { steps: 10 }, scheduler: { kind: 'median' } },
      '/training/evalEvery',
      'median stopping compares evaluations on the way: set it to less than the 10 steps',
    ],
  ])('is refused at its place: %s', async (_, overrides, path, message) => {
    const { body } = await api.post('/v1/sweeps', sweep(api.base, overrides as object)).expect(400);
    expect(body.errors).toContainEqual({
      path,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});

it('takes entries of one method that no configuration is common to', async () => {
  const methods = [
    { name: 'lora', rank: [1, 2] },
    { name: 'lora', rank: { min: 3, max: 4 } },
    { name: 'lora', rank: [1, 2], optimizer: 'sgd' },
    { name: 'lora', rank: [1, 2], config: { alpha: 3 } },
    { name: 'lora', rank: [1, 2], config: { alpha: 5 } },
  ];
  const made = await create(api, { methods, learningRate: range, search: sobol });
  expect(made.total - made.scorings.total).toBe(4 * 5);
});

describe('a search whose entries come to the same trainings', () => {
  // Said or not, alpha is 8. Nothing fits 1 MiB, so that every training has ended when it is created.
  const methods = [
    { name: 'lora', rank: [1, 2, 3], config: { alpha: 8 } },
    { name: 'lora', rank: [2, 3, 4] },
  ];
  const learningRate = [0.001, 0.003, 0.01];

  it.each([{ ...sobol, trials: 9 }, { kind: 'tpe', trials: 9, seed: 0, parallel: 4 } as const])(
    'ends with as many as it planned ($kind)',
    async (search) => {
      const { id, total } = await create(api, { methods, learningRate, search, memoryBudgetMiB: [1] });
      expect(total).toBe(18);
      await waitFor('the sweep to be complete', async () => {
        const trials = await api.platform.db.trial.count({ where: { sweepId: id } });
        if (trials > total) throw new Error(`${trials} trials were created, and ${total} planned`);
        return (await api.platform.db.sweep.findUnique({ where: { id } }))?.state === 'COMPLETED';
      });
      expect(await trialsOf(api, id)).toHaveLength(total);
    },
  );

  it('ends where an older version made it, of entries that are refused by now', async () => {
    const { id, total } = await create(api, { methods, learningRate, search: sobol, memoryBudgetMiB: [1] });
    const { sweep: sweeps } = api.platform.db;
    const ended = () =>
      waitFor('the sweep to be complete', async () => {
        const found = await sweeps.findUniqueOrThrow({ where: { id } });
        return found.state === 'COMPLETED' ? found : undefined;
      });
    const spec = (await ended()).spec as { methods: object[] };
    const older = { ...spec, methods: spec.methods.map((entry) => ({ ...entry, config: {} })) };
    await sweeps.update({ where: { id }, data: { spec: older, state: 'RUNNING', exhausted: false } });
    await ended();
    expect(await trialsOf(api, id)).toHaveLength(total);
  });
});

describe('a sweep with more budgets or seeds than trials are created at a time', () => {
  const budgets = (count: number) => Array.from({ length: count }, (_, index) => 512 + index);
  const untilCreated = (id: string, trials: number) =>
    waitFor(`the sweep to have ${trials} trials`, async () => {
      return (await api.platform.db.trial.count({ where: { sweepId: id } })) === trials;
    });

  it('has all seeds of each configuration', async () => {
    const seed = Array.from({ length: 11 }, (_, index) => index);
    const search = { ...sobol, trials: 2 };
    const made = await create(api, { search, learningRate: range, seed, memoryBudgetMiB: budgets(100) });
    expect(made.total - made.scorings.total).toBe(2200);
    await untilCreated(made.id, 2200);
    const ofRates = await api.platform.db.trial.groupBy({
      by: ['learningRate'],
      where: { sweepId: made.id },
      _count: true,
    });
    expect(ofRates.map(({ _count }) => _count)).toEqual([1100, 1100]);
  });

  it('has every training under all budgets', async () => {
    const limits = { flops: [1e15, 2e15, 3e15, 4e15] };
    const made = await create(api, { learningRate: [0.01, 0.02], memoryBudgetMiB: budgets(256), limits });
    expect(made.total - made.scorings.total).toBe(2048);
    await untilCreated(made.id, 2048);
  });

  it('refuses more budgets of a training than can be created at once', async () => {
    const limits = { flops: Array.from({ length: 40 }, (_, index) => 1e15 + index) };
    const { body } = await api
      .post('/v1/sweeps', sweep(api.base, { memoryBudgetMiB: budgets(256), limits }))
      .expect(400);
    expect(body.errors).toContainEqual({
      path: '/limits',
      message:
        'each training has one trial under each budget, and at most 10000 are created at once; 256 memory budgets with these limits are 10240: take values off, or make a sweep of each part',
    });
  });
});

describe('a search that reads results', () => {
  const search = { kind: 'tpe', trials: 20, seed: 7, parallel: 3 } as const;
  const overrides = { learningRate: range, rank: { min: 1, max: 4 }, seed: [1, 2], search, memoryBudgetMiB: [512] };

  it('says in its preview how many trials there will be, and that its rows are examples', async () => {
    const path = '/v1/sweeps/preview';
    const preview = (await api.post(path, sweep(api.base, overrides), 'viewer').expect(200)).body as SweepPreview;
    expect(preview).toMatchObject({ trials: 40, toRun: 40, known: 0, overBudget: 0, sampled: true, truncated: false });
    expect(preview.rows.map(({ rank, learningRate }) => [rank, learningRate])).toEqual([
      [1, 1e-4],
      [4, 1e-1],
      [2, 0.00316228],
    ]);
  });

  it('creates what may train at once, and counts the rest', async () => {
    const made = await create(api, overrides);
    const trials = await trialsOf(api, made.id);
    expect(trials).toHaveLength(6);
    expect(new Set(trials.map(({ learningRate }) => learningRate)).size).toBe(3);
    expect(made).toMatchObject({ total: 40 + 2, uncreated: 34 });
  });

  it('counts the rungs of a scheduler', async () => {
    const made = await create(api, {
      ...overrides,
      search: { kind: 'sobol', trials: 9, seed: 0 },
      training: { steps: 18 },
      scheduler: { ...asha, parallel: 4 },
    });
    const trials = await trialsOf(api, made.id);
    // Nine on the first rung, three on the second, one to the end; four may train at once, each with two seeds.
    expect(made).toMatchObject({ total: 26 + 2, uncreated: 18 });
    expect(trials).toHaveLength(8);
  });
});
