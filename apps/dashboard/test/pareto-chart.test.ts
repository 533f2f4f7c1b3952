import { expect, it } from 'vitest';
import { stepsOf } from '../src/features/leaderboard/pareto-chart.js';

const corners: [number, number][] = [
  [100, 0.9],
  [200, 0.8],
];

it('keeps to a score up to the next cost where less of it is better', () => {
  expect(stepsOf(corners, 'minimize')).toEqual([
    [100, 0.9],
    [200, 0.9],
    [200, 0.8],
  ]);
});

it('changes at its own cost where more of it is better: nobody reached the score at the next', () => {
  expect(stepsOf(corners, 'maximize')).toEqual([
    [100, 0.9],
    [100, 0.8],
    [200, 0.8],
  ]);
});
