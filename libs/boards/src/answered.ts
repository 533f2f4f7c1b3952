/** @file A board in words: the names of its rows, and its answer within each memory budget. */
import {
  type BoardFigures,
  type BudgetAnswer,
  boardVerdictText,
  contenderName,
  type Leaderboard,
  type LeaderboardQuery,
  peakOfRow,
  rowNames,
} from '@rankforge/contracts';

/** @param within the same board within each of its budgets, the smallest first */
export function answered(
  board: BoardFigures,
  within: readonly BoardFigures[],
  { by }: Pick<LeaderboardQuery, 'by'>,
): Leaderboard {
  const names = rowNames(board.rows, by);
  const answers = within.flatMap((one) => answerOf(one, by) ?? []);
  return {
    ...board,
    rows: board.rows.map((row, index) => ({ ...row, name: names[index]! })),
    answers,
    answer: answers.length === 0 ? null : answers.map(({ text }) => text).join('\n'),
  };
}

/** Undefined where no row has a score and none is said not to fit. */
function answerOf(board: BoardFigures, by: LeaderboardQuery['by']): BudgetAnswer | undefined {
  const text = boardVerdictText(board, by);
  if (text === undefined) return undefined;
  const { rows, verdict } = board;
  const names = rowNames(rows, by);
  const rowAt = (index: number) => {
    const { score, interval, trialIds, ...row } = rows[index]!;
    return { name: names[index]!, contender: contenderName(row), score, interval, trialIds };
  };
  return {
    memoryBudgetMiB: verdict.memoryBudgetMiB,
    leader: verdict.leader === null ? null : rowAt(verdict.leader),
    tied: verdict.tied.map(rowAt),
    undecided: verdict.undecided.map(rowAt),
    furtherSeeds: verdict.seeds?.further ?? null,
    doesNotFit: rows.flatMap((row, index) =>
      row.status === 'does-not-fit'
        ? [{ name: names[index]!, bytes: peakOfRow(row), smallestBudgetMiB: row.smallestBudgetMiB }]
        : [],
    ),
    text,
  };
}
