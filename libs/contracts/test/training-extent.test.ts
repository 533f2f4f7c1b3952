import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { extentOfRow, type LeaderboardRow, trainingExtent, unlikeSettings, unlikeText } from '../src/index.js';

const row = (settings: Record<string, unknown>, more: Partial<LeaderboardRow> = {}) =>
  partOf<LeaderboardRow>({ score: 0.5, steps: (settings.steps as number | undefined) ?? 60, settings, ...more });

describe('trainingExtent', () => {
  const training = { steps: 40, batchSize: 8, accumulate: 1, sequenceLength: 64 };

  it('differs by steps, examples of a step, their length, the data and the start', () => {
    const others = [
      { steps: 300 },
      { batchSize: 16 },
      { sequenceLength: 128 },
      { dataset: 'a'.repeat(64) },
      { dataVersion: 2 },
      { initial: 'random' },
    ];
    const extents = [{}, ...others].map((other) => trainingExtent({ ...training, ...other }));
    expect(new Set(extents).size).toBe(7);
  });

  it('stays one for a batch in micro-batches, another schedule, and another engine', () => {
    const same = [
      { batchSize: 4, accumulate: 2 },
      { schedule: 'linear' },
      { engine: 'tensorflow' },
      { initial: 'base' },
    ];
    const extents = same.map((other) => trainingExtent({ ...training, ...other }));
    expect(new Set([...extents, trainingExtent(training)]).size).toBe(1);
  });

  it('leaves the batch of what trains nothing out', () => {
    expect(trainingExtent({ ...training, steps: 0 })).toBe(trainingExtent({ ...training, steps: 0, batchSize: 2 }));
  });

  it('follows from the steps of a row and the settings that the board names', () => {
    expect(extentOfRow(row({}))).not.toBe(extentOfRow(row({ sequenceLength: 128 })));
    expect(extentOfRow(row({}, { steps: 1 }))).not.toBe(extentOfRow(row({}, { steps: 2 })));
  });
});

describe('unlikeSettings', () => {
  it('names what changes what is learnt or what it costs, with its values in order', () => {
    const rows = [
      row({ steps: 300, engine: 'wasm', evalEvery: 10, checkpointEvery: 5 }),
      row({ steps: 40, engine: 'tensorflow', checkpointEvery: 50 }),
    ];
    expect(unlikeSettings(rows)).toEqual([
      { name: 'steps', values: [40, 300] },
      { name: 'engine', values: ['wasm', 'tensorflow'] },
    ]);
  });

  it('compares rows with a score alone, and those that are not trained by their data alone', () => {
    expect(unlikeSettings([row({ steps: 300 }), row({ steps: 40 }, { score: null })])).toEqual([]);
    const untrained = row({ steps: 0, dataVersion: 2 });
    expect(unlikeSettings([row({ steps: 300 }), untrained])).toEqual([{ name: 'dataVersion', values: [1, 2] }]);
  });

  it('takes a batch in twice as many halves for the same, and not one that is larger', () => {
    const whole = row({ batchSize: 8, accumulate: 1 });
    expect(unlikeSettings([whole, row({ batchSize: 4, accumulate: 2 })])).toEqual([]);
    expect(unlikeSettings([whole, row({ batchSize: 16, accumulate: 1 })])).toEqual([
      { name: 'batchSize', values: [8, 16] },
    ]);
  });
});

describe('unlikeText', () => {
  it('spells three settings out and counts the others', () => {
    const settings = { steps: 40, sequenceLength: 64, schedule: 'linear', dropout: 0, targets: ['query'] };
    const other = { steps: 300, sequenceLength: 128, schedule: 'cosine', dropout: 0.1, targets: ['query', 'value'] };
    expect(unlikeText({ rows: [row(settings), row(other)] })).toBe(
      'These rows were not trained alike: steps 40 or 300; sequence length 64 or 128; dropout 0 or 0.1; 2 more settings.',
    );
    expect(unlikeText({ rows: [row({}), row({})] })).toBeUndefined();
  });
});
