/** @file The answer of a board in short, from its rows and comparisons. */
import { type BoardVerdict, type Comparison, type LeaderboardRow, tellsApart } from '@rankforge/contracts';
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
  /**
   * Further seeds of both rows of a comparison, by its index, that would tell them apart at a level; null where `most` are
   * not enough, undefined where nothing says it. Default: nothing does.
   */
  furtherSeeds?(comparison: number, asked: typeof seedsAsked & { level: number }): number | null | undefined;
}

export function verdictOf({
  rows,
  comparisons,
  memoryBudgetMiB,
  isSeedless = () => false,
  furtherSeeds = () => undefined,
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
  // Holm tests the pairs that are not told apart yet at the level shared among them: at that level this one surely is.
  const open = comparisons.filter(isTied).length;
  const seedless = rows.flatMap((row, index) => (row.score !== null && isSeedless(row) ? [index] : []));
  const mayHaveMore = nearest && [leader, nearest.row].some((row) => !seedless.includes(row));
  const further = mayHaveMore ? furtherSeeds(nearest.index, { ...seedsAsked, level: alpha / open }) : undefined;
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
    ...(nearest && further !== undefined && { seeds: { row: nearest.row, further, ...seedsAsked } }),
    doesNotFit: rows.filter(({ status }) => status === 'does-not-fit').length,
    memoryBudgetMiB: memoryBudgetMiB ?? null,
  };
}

/** Whether two rows were tested and not told apart. */
const isTied = (comparison: Comparison): boolean => comparison.untested === null && !tellsApart(comparison, { alpha });
