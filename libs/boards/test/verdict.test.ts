import type { Comparison, LeaderboardRow } from '@rankforge/contracts';
import { type BoardPair, furtherSeeds } from '@rankforge/stats';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { verdictOf } from '../src/verdict.js';

const row = (score: number | null, more: Partial<LeaderboardRow> = {}) =>
  partOf<LeaderboardRow>({ score, status: score === null ? 'does-not-fit' : 'scored', seeds: 3, ...more });
const pair = (a: number, b: number, adjustedPValue: number) =>
  partOf<Comparison>({ a, b, adjustedPValue, untested: null });

describe('verdictOf', () => {
  const rows = [row(0.95), row(0.94), row(0.93), row(0.8), row(null), row(null)];
  // The best two are told apart from the last alone; of the others one pair is told apart at the level itself.
  const comparisons = [
    pair(0, 1, 0.9),
    pair(0, 2, 0.06),
    pair(0, 3, 0.001),
    pair(1, 2, 1),
    pair(1, 3, 0.002),
    pair(2, 3, 0.05),
  ];

  it('names the leader, its ties with the nearest first, and how many rows do not fit', () => {
    expect(verdictOf({ rows, comparisons, memoryBudgetMiB: 64 })).toEqual({
      leader: 0,
      tied: [1, 2],
      undecided: [],
      seedless: [],
      doesNotFit: 2,
      memoryBudgetMiB: 64,
    });
  });

  /** Every pair differs by as much, with a deviation of one seed of 0.03 on three seeds. */
  const boardOf = (estimate: number) => ({
    pairs: comparisons.map(() =>
      partOf<BoardPair>({
        tested: {
          estimate,
          parts: [{ variance: 0.0006, degreesOfFreedom: 6, seeds: 3 }],
          covers: 'seeds-and-examples',
        },
        effect: { kind: 'difference', estimate, low: 0, high: 0 },
      }),
    ),
    seedDeviation: () => 0.03,
  });

  it('asks for the seeds of the nearest tie, at the level that is left to the pairs that are tied', () => {
    const board = boardOf(0.03);
    // Three of six pairs of four rows are told apart: at most three may still be equal.
    const expected = furtherSeeds(board.pairs[0]!.tested, { level: 0.05 / 3, most: 100, power: 0.8 })!;
    expect(expected.further).toBeGreaterThan(1);
    expect(verdictOf({ rows, comparisons, board }).seeds).toEqual({ row: 1, ...expected, most: 100, power: 0.8 });
  });

  it('calls a tie equal only where it is shown to be within the margin', () => {
    const of = (margin?: number) => verdictOf({ rows, comparisons, board: boardOf(0.001), margin }).equivalent;
    expect(of(0.06)).toEqual({ margin: 0.06, asked: true, rows: [1, 2] });
    expect(of(0.02)).toEqual({ margin: 0.02, asked: true, rows: [] });
    expect(of()).toEqual({ margin: 0.03, asked: false, rows: [] });
  });

  it('names what trains nothing, and asks for no seeds where neither side trains', () => {
    const of = (...seedless: readonly number[]) =>
      verdictOf({
        rows,
        comparisons,
        isSeedless: (row) => seedless.includes(rows.indexOf(row)),
        board: boardOf(0.03),
      });
    expect(of(1, 3, 4)).toMatchObject({ seedless: [1, 3], seeds: { row: 1 } });
    expect(of(0, 1)).toMatchObject({ seedless: [0, 1], tied: [1, 2] });
    expect(of(0, 1).seeds).toBeUndefined();
  });

  it('leaves undecided what was not tested, and asks for no seeds of it', () => {
    // Rows with one seed: their pairs are not tested, and count in no correction.
    const without = (single: readonly number[]) =>
      comparisons.map((each) =>
        single.includes(each.a) || single.includes(each.b)
          ? { ...each, adjustedPValue: 1, untested: 'one seed' }
          : each,
      );
    const board = boardOf(0.03);
    const { further } = furtherSeeds(board.pairs[1]!.tested, { level: 0.05, most: 100, power: 0.8 })!;
    const found = verdictOf({ rows, comparisons: without([1, 3]), board });
    expect(found).toMatchObject({ tied: [2], undecided: [1, 3], seeds: { row: 2, further } });
    expect(verdictOf({ rows, comparisons: without([0]) })).toMatchObject({ tied: [], undecided: [1, 2, 3] });
  });

  it('has no leader where no row has a score', () => {
    const none = { rows: rows.slice(4), comparisons: [] };
    expect(verdictOf(none)).toEqual({
      leader: null,
      tied: [],
      undecided: [],
      seedless: [],
      doesNotFit: 2,
      memoryBudgetMiB: null,
    });
  });
});
