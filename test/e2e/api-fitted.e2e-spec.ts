import { MIB, type SweepPreview } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestApi } from '../support/index.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, trainings } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
});

afterAll(() => platform.stop());

async function preview(body: object): Promise<SweepPreview> {
  const response = await platform.request(api, '/v1/sweeps/preview', { body, role: 'submitter' });
  const answer = (await response.json()) as SweepPreview;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}

/** What each value of an axis is predicted to hold, asked one by one. */
async function bytes(sweep: (value: number) => object, values: readonly number[]): Promise<Map<number, number>> {
  const made = await Promise.all(values.map(async (value) => [value, await preview(sweep(value))] as const));
  return new Map(made.map(([value, { rows }]) => [value, rows[0]!.predicted.total]));
}

it('a rank "max" is the largest that fits each budget, as trying every one finds', async () => {
  const ranks = Array.from({ length: 32 }, (_, index) => index + 1);
  const byRank = await bytes((rank) => tinySweep(base, { rank: [rank] }), ranks);
  const between = (rank: number) => (byRank.get(rank)! + 1) / MIB;
  const budgets = [between(5), between(17), 512, 0.5];
  const { rows, trials, overBudget, toRun } = await preview(
    tinySweep(base, { rank: 'max', memoryBudgetMiB: budgets, seed: [0] }),
  );
  const chosen = rows.flatMap((row) =>
    row.budgets.map(({ memoryBudgetMiB, fits }) => [memoryBudgetMiB, row.rank, fits]),
  );
  expect(chosen.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
    [0.5, 1, false],
    [between(5), 5, true],
    [between(17), 17, true],
    [512, 32, true],
  ]);
  expect(rows.every(({ fitted }) => fitted?.includes('rank'))).toBe(true);
  expect([trials, toRun, overBudget]).toEqual([4, 3, 1]);
});

it('a rank "max" is the largest within each limit too, and a limit speaks for no larger rank', async () => {
  // Two targets of 32 by 32 in one layer: 128 parameters a rank.
  const limits = { trainableParameters: [700, 1e9] };
  const { rows } = await preview(tinySweep(base, { rank: 'max', limits, seed: [0] }));
  expect(rows.map(({ rank, budgets }) => [rank, budgets.map(({ limits }) => limits)])).toEqual([
    [5, [{ trainableParameters: 700 }]],
    [32, [{ trainableParameters: 1e9 }]],
  ]);
  const ranks = tinySweep(base, {
    ...{ rank: [4, 8], limits: { trainableParameters: [500] }, seed: [0] },
    skipLargerRanks: true,
  });
  const { overBudget, implied } = await preview(ranks);
  expect([overBudget, implied]).toEqual([2, 0]);
  const id = await submit(platform, api, ranks);
  expect((await trainings(platform, id)).map(({ state, impliedById, reason }) => [state, impliedById, reason])).toEqual(
    [
      ['OVER_BUDGET', null, expect.stringMatching(/^predicted Trained parameters: 512, above the limit of 500/)],
      ['OVER_BUDGET', null, expect.stringMatching(/^predicted Trained parameters: 1,024, above the limit of 500/)],
    ],
  );
});

it('micro-batches are the largest divisors of the batch that fit, and a step sees as many examples', async () => {
  const training = { batchSize: 12, sequenceLength: 32 };
  const sizes = [1, 2, 3, 4, 6, 12];
  const bySize = await bytes(
    (size) => tinySweep(base, { training: { ...training, batchSize: size, accumulate: 12 / size } }),
    sizes,
  );
  const budget = (bySize.get(4)! + 1) / MIB;
  const sweep = tinySweep(base, {
    memoryBudgetMiB: [budget, 512],
    training: { ...training, microBatch: 'auto' },
  });
  const { rows } = await preview(sweep);
  expect(rows.map(({ microBatch, budgets: [first] }) => [first?.memoryBudgetMiB, microBatch])).toEqual([
    [budget, 4],
    [512, 12],
  ]);
  const id = await submit(platform, api, sweep);
  const made = (await trainings(platform, id)).map(({ memoryBudgetMiB, spec, state }) => {
    const { training: asked, fitted } = spec as {
      training: { batchSize: number; accumulate: number };
      fitted: string[];
    };
    return [memoryBudgetMiB, asked.batchSize, asked.accumulate, fitted, state];
  });
  expect(made).toEqual([
    [budget, 4, 3, ['microBatch'], 'QUEUED'],
    [512, 12, 1, ['microBatch'], 'QUEUED'],
  ]);
});

it('nothing is fitted beyond what a process of the engine can hold, and what is beyond it fits no budget', async () => {
  const size = { name: 'long', width: 64, layers: 2, contextLength: 512 };
  const long = await writeTinyBase(platform.modelsDir, undefined, size);
  const training = { batchSize: 1024, sequenceLength: 512 };
  const asked = (microBatch?: 'auto') =>
    tinySweep(long, { memoryBudgetMiB: [65536], training: { ...training, ...(microBatch && { microBatch }) } });
  const most = 3840 * MIB;
  const [row] = (await preview(asked())).rows;
  expect(row!.predicted.total).toBeGreaterThan(most);
  expect(row!.predicted.total).toBeLessThan(65536 * MIB);
  const reason =
    / MiB exceed the 3840\.0 MiB that a process of engine wasm can hold, under any budget: choose engine tensorflow$/;
  expect(row!.budgets).toMatchObject([{ fits: false, reason: expect.stringMatching(reason) }]);
  const [trial] = await trainings(platform, await submit(platform, api, asked()));
  expect(trial).toMatchObject({ state: 'OVER_BUDGET', attempts: 0, reason: row!.budgets[0]!.reason });

  const [fitted] = (await preview(asked('auto'))).rows;
  const sized = async (batchSize: number) =>
    (await preview(tinySweep(long, { training: { ...training, batchSize, accumulate: 1024 / batchSize } }))).rows[0]!
      .predicted.total;
  const { microBatch } = fitted!;
  expect(await sized(microBatch!)).toBeLessThanOrEqual(most);
  expect(await sized(2 * microBatch!)).toBeGreaterThan(most);

  const elsewhere = await preview({ ...asked(), engine: 'tensorflow' });
  expect(elsewhere.rows[0]!.budgets).toEqual([{ memoryBudgetMiB: 65536, fits: true }]);
});

it('ends as over its budget, with numbers, where not even rank 1 fits', async () => {
  const id = await submit(platform, api, tinySweep(base, { rank: 'max', memoryBudgetMiB: [0.25] }));
  const [trial] = await trainings(platform, id);
  expect(trial).toMatchObject({ state: 'OVER_BUDGET', rank: 1, attempts: 0 });
  expect(trial!.reason).toMatch(/^predicted \d+\.\d MiB exceed the budget of 0.25 MiB; largest part: \w+ \(/);
});
