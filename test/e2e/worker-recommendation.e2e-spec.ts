/** @file A recommender trained through the API on rows of users and items, beside methods that train nothing. */
import type { CreateDatasetInput, CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadDataset } from '../support/tiny-dataset.js';
import { createPlatformWith, type TinyPlatform } from '../support/tiny-platform.js';
import { memoryOf, problemsOf, submit, trainings, untilCompleted } from './worker-sweeps.js';

const base = 'nano-recommender';
let platform: TinyPlatform;
beforeAll(async () => {
  platform = await createPlatformWith(base);
});
afterAll(() => platform.stop());

const spec: CreateDatasetInput = {
  name: 'tastes',
  format: 'csv',
  mapping: { objective: 'recommendation', user: 'user', item: 'item', time: 'time' },
  split: { by: 'time', validation: 0.1, test: 0.1 },
};

/** Sixty users, who take fourteen items of the half that they like, one after the other. */
function tastes(): string {
  let state = 1;
  const below = (bound: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
  const lines = Array.from({ length: 60 }, (_, user) => {
    const half = Array.from({ length: 40 }, (_, item) => 2 * item + (user % 2));
    return Array.from({ length: 14 }, (_, at) => {
      const item = half.splice(below(half.length), 1)[0]!;
      return `user ${user},item ${item},${60 * at + user}`;
    });
  });
  return ['user,item,time', ...lines.flat()].join('\n');
}

const sweep = (overrides: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
  name: 'tastes',
  task: 'dataset:tastes',
  base,
  methods: [
    { name: 'full-ft', learningRate: [0.03], optimizerConfig: { weightDecay: 1 } },
    { name: 'popularity' },
    { name: 'random' },
  ],
  memoryBudgetMiB: [64],
  seed: [0],
  training: { steps: 60, batchSize: 64, targets: ['tables'] },
  ...overrides,
});

describe('a recommender', () => {
  it('is trained on what came first, scored on what came last, and stands above popularity and chance', async () => {
    const file = { spec, content: tastes(), file: 'tastes.csv' };
    const { report } = await uploadDataset(platform.api.url, platform.keys.submitter, file);
    expect(report).toMatchObject({
      examples: { train: 672, validation: 84, test: 84 },
      interactions: { users: 60, items: 80, withoutTraining: 0 },
    });
    const id = await submit(platform, platform.api, sweep());
    await untilCompleted(platform, id);
    for (const trial of await trainings(platform, id)) {
      expect([trial.state, trial.reason]).toEqual(['SUCCEEDED', null]);
      const { measured, error } = memoryOf(trial);
      if (measured.total > 0) expect(error).toBeLessThan(0.05);
    }
    const path = `/v1/leaderboard?task=dataset:tastes&base=${base}`;
    const board = (await (await platform.request(platform.api, path, { role: 'viewer' })).json()) as Leaderboard;
    expect(board.metric).toEqual({ name: 'recall@20', direction: 'maximize', range: [0, 1] });
    expect(board.rows[0]!.method).toBe('full-ft');
    expect(board.rows.map(({ method }) => method).sort()).toEqual(['full-ft', 'popularity', 'random']);
    // Some 28 items of the half that a user likes are left, of which 20 are shown.
    expect(board.rows[0]!.score).toBeGreaterThan(0.55);
    expect(board.rows[1]!.score).toBeLessThan(0.45);
  });

  it('is refused a base with fewer vectors, and a baseline that reads words', async () => {
    const refused = (overrides: Partial<CreateSweepInput>) => problemsOf(platform, sweep(overrides));
    expect(await refused({ base: platform.base })).toContain(
      `${platform.base} reads text, and the examples of dataset:tastes are 1 fields with 140 ids`,
    );
    expect(await refused({ methods: [{ name: 'bm25' }] })).toContain(
      'bm25 orders the rows of queries, and dataset:tastes is for recommendation: leave it out, or choose a task for ranking or ranking-pairwise or retrieval',
    );
  });
});
