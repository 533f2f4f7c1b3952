/** @file Which rows no other beats in score and cost, where the cost is to be small, large, or as the score is. */
import { findMeasure, type LeaderboardRow } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { markPareto } from '../src/pareto.js';

/** Rows of four scores; the second and the third trade the score for the other number. */
const rows = (name: string, amounts: readonly number[]) =>
  [3, 4, 5, 6].map((score, index) =>
    partOf<LeaderboardRow>({ method: `m${index}`, score, measures: { [name]: amounts[index] } }),
  );

const frontOf = (name: string, direction: 'minimize' | 'maximize', amounts: readonly number[]) =>
  markPareto(rows(name, amounts), direction, findMeasure(name)!).flatMap(({ method, pareto }) =>
    pareto ? [method] : [],
  );

it('takes a cost that is to be small', () => {
  expect(frontOf('communicationMiB', 'minimize', [9, 5, 2, 7])).toEqual(['m0', 'm1', 'm2']);
});

it.each([
  // A loss: the client that is served worst has the largest, and less of it is better.
  ['minimize', [9, 5, 2, 7], ['m0', 'm1', 'm2']],
  // An accuracy: more is better, of the score as of the worst client.
  ['maximize', [2, 7, 5, 1], ['m1', 'm2', 'm3']],
] as const)('takes the worst client as the metric is, to %s', (direction, amounts, front) => {
  expect(frontOf('worstClient', direction, amounts)).toEqual(front);
});
