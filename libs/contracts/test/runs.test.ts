import { describe, expect, it } from 'vitest';
import { AddRuns, ElsewhereRun, repeatedRuns, runConfiguration, runIdentity, runMetric } from '../src/index.js';

const run = (more: object = {}) => ElsewhereRun.parse({ method: 'lora', score: 0.5, ...more });

describe('runConfiguration', () => {
  it('gives one text whatever the order of settings, the seed and what came out', () => {
    const first = run({ config: { alpha: 8, bias: 'all' }, seed: 0, score: 0.5 });
    const second = run({ config: { bias: 'all', alpha: 8 }, seed: 1, score: 0.7 });
    expect(runConfiguration(first)).toBe(runConfiguration(second));
    expect(runIdentity(first)).not.toBe(runIdentity(second));
  });

  it.each([{ method: 'dora' }, { rank: 8 }, { steps: 10 }, { config: { alpha: '8' } }, { config: { alpha: 8 } }])(
    'tells %j from the others',
    (more) => {
      const others = [{}, { config: { alpha: true } }].map((other) => runConfiguration(run(other)));
      expect(others).not.toContain(runConfiguration(run(more)));
    },
  );
});

it('repeatedRuns names each repeat with the first of its kind', () => {
  const runs = [run(), run({ seed: 1 }), run({ score: 0.7 }), run({ seed: 1 })];
  expect(repeatedRuns(runs)).toEqual([
    { index: 2, first: 0 },
    { index: 3, first: 1 },
  ]);
});

it.each([
  [{ score: 1e101 }],
  [{ score: null, examples: [0, -1e101] }],
  [{ validation: Number.POSITIVE_INFINITY }],
  [{ score: Number.NaN }],
  [{ config: { alpha: [8] } }],
  [{ config: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`s${index}`, index])) }],
  [{ seed: -1 }],
  [{ rank: 1.5 }],
])('a run with %j is refused', (more) => {
  expect(ElsewhereRun.safeParse({ method: 'lora', score: 0.5, ...more }).success).toBe(false);
});

it('a metric takes a range of numbers that can be subtracted', () => {
  const asked = (range: unknown) =>
    AddRuns.safeParse({ name: 'a', base: 'b', metric: { name: 'bleu', direction: 'maximize', range }, runs: [run()] });
  expect(asked([0, 100]).success).toBe(true);
  expect(asked([null, 1]).success).toBe(true);
  for (const range of [
    [-1e308, 1e308],
    [1, 0],
    [0, 0],
  ])
    expect(asked(range).success).toBe(false);
  expect(runMetric({ name: 'toString' })).toBeUndefined();
});
