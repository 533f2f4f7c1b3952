/** @file Rows of features in the format of LETOR, uploaded, trained on by losses over queries, and scored beside chance. */
import type { CreateDatasetInput, CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadDataset } from '../support/tiny-dataset.js';
import { createPlatformWith, type TinyPlatform } from '../support/tiny-platform.js';
import { memoryOf, problemsOf, submit, trainings, untilCompleted } from './worker-sweeps.js';

const base = 'nano-ranker';
let platform: TinyPlatform;
beforeAll(async () => {
  platform = await createPlatformWith(base);
});
afterAll(() => platform.stop());

const spec: CreateDatasetInput = {
  name: 'numbers',
  format: 'letor',
  mapping: { objective: 'feature-ranking', normalise: 'query' },
  split: { by: 'hash', validation: 0.2, test: 0.4 },
};

/** Ninety queries of six rows, whose grade follows from the second of three numbers. */
const lines = () =>
  Array.from({ length: 90 }, (_, query) =>
    Array.from({ length: 6 }, (_, row) => {
      const [first, second, third] = [3, 5, 11].map((step) => ((query * 7 + row * step) * 37) % 100);
      return `${Math.floor(second! / 34)} qid:${query} 1:${first} 2:${second} 3:${third} # row ${row}`;
    }),
  )
    .flat()
    .join('\n');

const sweep = (overrides: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
  name: 'numbers',
  task: 'dataset:numbers',
  base,
  methods: [{ name: 'full-ft' }, { name: 'full-ft', recipe: 'lambda' }, { name: 'random' }],
  memoryBudgetMiB: [16],
  learningRate: [0.01],
  seed: [0],
  training: { steps: 60, batchSize: 10, targets: ['fc_1', 'fc_2', 'fc_3'] },
  ...overrides,
});

describe('a ranker of features', () => {
  it('learns by two losses and stands above chance', async () => {
    const file = { spec, content: lines(), file: 'numbers.txt' };
    const { report, mapping } = await uploadDataset(platform.api.url, platform.keys.submitter, file);
    expect(mapping).toMatchObject({ query: 'query', features: 'features', grade: 'grade', normalise: 'query' });
    expect(report.queries).toMatchObject({ rows: 540, largest: 6 });
    const id = await submit(platform, platform.api, sweep());
    await untilCompleted(platform, id);
    for (const trial of await trainings(platform, id)) {
      expect([trial.state, trial.reason]).toEqual(['SUCCEEDED', null]);
      expect(memoryOf(trial).error).toBeLessThan(0.01);
    }
    const path = `/v1/leaderboard?task=dataset:numbers&base=${base}`;
    const board = (await (await platform.request(platform.api, path, { role: 'viewer' })).json()) as Leaderboard;
    expect(board.metric).toEqual({ name: 'ndcg@10', direction: 'maximize', range: [0, 1] });
    expect(board.rows.map(({ method }) => method)).toEqual(['full-ft', 'full-ft', 'random']);
    expect(board.rows[1]!.score).toBeGreaterThan(board.rows[2]!.score! + 0.1);
  });

  it('refuses a base of texts, and a method that reads words', async () => {
    expect(await problemsOf(platform, sweep({ base: platform.base }))).toContain(
      `${platform.base} reads text, and the examples of dataset:numbers are 3 features`,
    );
    const messages = await problemsOf(platform, sweep({ methods: [{ name: 'bm25' }] }));
    expect(messages.join()).toContain('bm25 orders the rows of queries, and dataset:numbers is for feature-ranking');
  });
});
