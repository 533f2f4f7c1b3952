/** @file Reading a board: one row against the others, and which rows cannot be told apart from the best. */
import { type BoardFigures, type Comparison, type LeaderboardRow, tellsApart } from './leaderboard.js';
import { scoreText } from './shown-scores.js';

export type ScoredRow = LeaderboardRow & { score: number };

export function isScored(row: LeaderboardRow): row is ScoredRow {
  return row.score !== null;
}

/** Places of the rows that cannot be told apart from the best one, and its own. */
export function leadersOf(board: BoardFigures): ReadonlySet<number> {
  const best = board.rows.findIndex(isScored);
  const apart = new Set(
    against(board, best).flatMap(({ other, verdict }) => (verdict === 'not told apart' ? [] : [other])),
  );
  return new Set(board.rows.flatMap((row, index) => (isScored(row) && !apart.has(index) ? [index] : [])));
}

export interface Versus {
  other: number;
  effect: Comparison['effect'];
  /** Score of the row minus score of the other, or divided by it where `effect` is `ratio`. */
  difference: number;
  /** Adjusted for all comparisons of the board, as the p-value is: it leaves out "no difference" where that is below α. */
  interval: readonly [number, number];
  adjustedPValue: number;
  paired: boolean;
  /** Why no test can tell them apart; null where they are tested. */
  untested: string | null;
  verdict: 'better' | 'worse' | 'not told apart';
}

/** One row against all others that it was compared with, turned so that the row comes first. */
export function against(board: BoardFigures, row: number): Versus[] {
  return board.comparisons.flatMap((comparison) => {
    if (comparison.a !== row && comparison.b !== row) return [];
    const turned = comparison.a === row ? comparison : turn(comparison);
    return {
      other: turned.b,
      effect: turned.effect,
      difference: turned.difference,
      interval: turned.simultaneousInterval,
      adjustedPValue: turned.adjustedPValue,
      paired: turned.paired,
      untested: turned.untested,
      verdict: verdict(turned, board),
    };
  });
}

function turn({ a, b, difference, interval, simultaneousInterval, ...rest }: Comparison): Comparison {
  const inverse = (value: number) => (rest.effect === 'ratio' ? 1 / value : -value);
  const turned = ([low, high]: readonly [number, number]): [number, number] => [inverse(high), inverse(low)];
  return {
    ...rest,
    a: b,
    b: a,
    difference: inverse(difference),
    interval: turned(interval),
    simultaneousInterval: turned(simultaneousInterval),
  };
}

function verdict(comparison: Comparison, board: BoardFigures): Versus['verdict'] {
  if (!tellsApart(comparison, board)) return 'not told apart';
  const larger = comparison.difference > (comparison.effect === 'ratio' ? 1 : 0);
  return larger === (board.metric.direction === 'maximize') ? 'better' : 'worse';
}

/** A difference or a ratio with its sign. @example effectText({ effect: 'difference', difference: 0.5 }, 2) // '+0.50' */
export function effectText({ effect, difference }: Pick<Versus, 'effect' | 'difference'>, decimals: number): string {
  if (effect === 'ratio') return `× ${scoreText(difference, decimals)}`;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${scoreText(Math.abs(difference), decimals)}`;
}
