/** @file The board of trials with its answer within each memory budget of its sweeps. */

import { answered } from '@rankforge/boards';
import { type BoardFigures, type Leaderboard, MIB } from '@rankforge/contracts';
import { buildBoard, peak } from './build-board.js';

type Built = Parameters<typeof buildBoard>;

/**
 * Builds a board, and the same within each of its budgets, or within the one that was asked for. Budgets that let the same trainings in share
 * what is computed.
 */
export function answeredBoard(...[query, task, metric, data, reading]: Built): Leaderboard {
  const board = buildBoard(query, task, metric, data, reading);
  if (query.memoryBudgetMiB !== undefined || data.budgetsMiB.length === 0) return answered(board, [board], query);
  const fitting = (mib: number) => data.trials.filter((trial) => peak(trial) <= mib * MIB).length;
  const built = new Map([[data.trials.length, board]]);
  const within = data.budgetsMiB.map((memoryBudgetMiB): BoardFigures => {
    const fit = fitting(memoryBudgetMiB);
    const found = built.get(fit) ?? buildBoard({ ...query, memoryBudgetMiB }, task, metric, data, reading);
    built.set(fit, found);
    return { ...found, verdict: { ...found.verdict, memoryBudgetMiB } };
  });
  return answered(board, within, query);
}
