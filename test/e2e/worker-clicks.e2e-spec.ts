/** @file A model of click-through rates compressed through the API: its tables too, with recovery and without. */
import type { CreateSweepInput, Leaderboard, Problem } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlatformWith, type TinyPlatform } from '../support/tiny-platform.js';
import { memoryOf, submit, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
beforeAll(async () => {
  platform = await createPlatformWith('click-mlp');
});
afterAll(() => platform.stop());

const sweep = (overrides: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
  name: 'clicks',
  kind: 'compress',
  task: 'clicks',
  base: 'click-mlp',
  methods: [{ name: 'afm', config: { ratio: 0.25 } }],
  rank: [4],
  memoryBudgetMiB: [64],
  learningRate: [0.001],
  seed: [0],
  recoverySteps: [0, 20],
  training: { batchSize: 256 },
  ...overrides,
});

describe('click-mlp', () => {
  it('is compressed with its tables to a fifth, within the memory predicted, and ranked by AUC', async () => {
    const id = await submit(platform, platform.api, sweep());
    await untilCompleted(platform, id);
    for (const trial of await trainings(platform, id)) {
      expect([trial.state, trial.reason]).toEqual(['SUCCEEDED', null]);
      expect(memoryOf(trial).error).toBeLessThan(0.05);
    }
    const response = await platform.request(platform.api, '/v1/leaderboard?task=clicks&base=click-mlp&kind=compress', {
      role: 'viewer',
    });
    const board = (await response.json()) as Leaderboard;
    expect(board.metric).toEqual({ name: 'auc', direction: 'maximize', range: [0, 1] });
    expect(board.rows.map(({ steps }) => steps).sort()).toEqual([0, 20]);
    for (const { score, interval } of board.rows) {
      expect(score).toBeGreaterThan(0.74);
      expect(interval![0]).toBeLessThan(score!);
      expect(interval![1]).toBeGreaterThan(score!);
    }
  });

  it('is refused texts, and a text model its fields', async () => {
    const refused = async (overrides: Partial<CreateSweepInput>) => {
      const response = await platform.request(platform.api, '/v1/sweeps', {
        body: sweep(overrides),
        role: 'submitter',
      });
      return ((await response.json()) as Problem).errors!.map(({ message }) => message);
    };
    const fields = '8 fields with 1200, 600, 300, 150, 80, 40, 20, 10 ids';
    expect(await refused({ task: 'moby-dick' })).toContain(
      `click-mlp reads ${fields}, and the examples of moby-dick are text`,
    );
    expect(await refused({ base: platform.base })).toContain(
      `${platform.base} reads text, and the examples of clicks are ${fields}`,
    );
  });
});
