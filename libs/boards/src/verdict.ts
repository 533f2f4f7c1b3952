/** @file The answer of a board in short, from its rows and comparisons. */
import { type BoardVerdict, type Comparison, type LeaderboardRow, tellsApart } from '@rankforge/contracts';
import type { Board, FurtherSeeds } from '@rankforge/stats';
import { equivalence, furtherSeeds, openHypotheses } from '@rankforge/stats';
import { alpha } from './levels.js';

/** Seeds that are practical at most, and the chance with which they tell a pair apart. */
const seedsAsked = { most: 100, power: 0.8 };

interface Judged {
  /** Best score first; rows without one last. */
  rows: readonly LeaderboardRow[];
  /** Every pair of rows with a score. */
  comparisons: readonly Comparison[];
  memoryBudgetMiB?: number | undefined;
  /** Whether a row is of a method that trains nothing. Default: none is. */
  isSeedless?(row: LeaderboardRow): boolean;
  /** The difference of a comparison, by its index, as it was tested. Default: nobody says it. */
  board?: Pick<Board, 'pairs' | 'seedDeviation'>;
  /** A difference that matters, in the unit of the score. Default: what another seed gives the leader. */
  margin?: number | undefined;
}

export function verdictOf({
  rows,
  comparisons,
  memoryBudgetMiB,
  isSeedless = () => false,
  board,
  margin,
}: Judged): BoardVerdict {
  const leader = rows.findIndex(({ score }) => score !== null);
  const against = comparisons.flatMap((comparison, index) => {
    if (comparison.a !== leader && comparison.b !== leader) return [];
    const row = comparison.a === leader ? comparison.b : comparison.a;
    const judged = comparison.untested === null;
    return [{ row, index, judged, tied: isTied(comparison) }];
  });
  const inOrder = against.sort((first, second) => first.row - second.row);
  const nearest = inOrder.find(({ tied }) => tied);
  const tests = comparisons.filter(({ untested }) => untested === null);
  const open = tests.filter(isTied).length;
  const seedless = rows.flatMap((row, index) => (row.score !== null && isSeedless(row) ? [index] : []));
  const mayHaveMore = nearest && [leader, nearest.row].some((row) => !seedless.includes(row));
  const further = board && mayHaveMore ? advised(board, nearest.index, levelOf(open, tests)) : undefined;
  // One whose score has no interval stands in no comparison.
  const alone = rows.flatMap(({ score }, row) =>
    score !== null && row !== leader && !inOrder.some((one) => one.row === row) ? [row] : [],
  );
  const undecided = [...inOrder.filter(({ judged }) => !judged).map(({ row }) => row), ...alone];
  return {
    leader: leader < 0 ? null : leader,
    tied: inOrder.filter(({ tied }) => tied).map(({ row }) => row),
    undecided: undecided.sort((first, second) => first - second),
    seedless,
    ...(nearest && further && { seeds: { row: nearest.row, ...further, ...seedsAsked } }),
    ...(board && nearest && equalTo(board, { ties: inOrder.filter(({ tied }) => tied), leader, margin })),
    doesNotFit: rows.filter(({ status }) => status === 'does-not-fit').length,
    memoryBudgetMiB: memoryBudgetMiB ?? null,
  };
}

/** The level at which the step-down procedure tests the pairs that are not told apart yet. */
function levelOf(open: number, tests: readonly Comparison[]): number {
  const methods = new Set(tests.flatMap(({ a, b }) => [a, b])).size;
  return alpha / openHypotheses(open, { tested: tests.length, methods });
}

const advised = (board: Pick<Board, 'pairs'>, pair: number, level: number): FurtherSeeds | undefined =>
  furtherSeeds(board.pairs[pair]!.tested, { ...seedsAsked, level });

/** Tied rows that are shown to differ from the leader by less than a margin. */
function equalTo(
  { pairs, seedDeviation }: Pick<Board, 'pairs' | 'seedDeviation'>,
  {
    ties,
    leader,
    margin,
  }: { ties: readonly { row: number; index: number }[]; leader: number; margin: number | undefined },
): Pick<BoardVerdict, 'equivalent'> {
  const isRatio = pairs[ties[0]!.index]!.effect.kind === 'ratio';
  const tested = margin === undefined ? seedDeviation(leader) : isRatio ? Math.log1p(margin) : margin;
  if (tested === undefined || tested === 0) return {};
  const shown = ties.filter(({ index }) => {
    const p = equivalence(pairs[index]!.tested, tested);
    return p !== undefined && p <= alpha;
  });
  const said = margin ?? (isRatio ? Math.expm1(tested) : tested);
  return { equivalent: { margin: said, asked: margin !== undefined, rows: shown.map(({ row }) => row) } };
}

/** Whether two rows were tested and not told apart. */
const isTied = (comparison: Comparison): boolean => comparison.untested === null && !tellsApart(comparison, { alpha });
