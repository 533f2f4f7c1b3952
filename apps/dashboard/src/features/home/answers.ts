import type { SweepView } from '@rankforge/contracts';
import { useQueries } from '@tanstack/react-query';
import { type AskedBoard, leaderboardQuery } from '../../lib/api/leaderboard.js';

/** Sweeps whose answers are shown. */
const sweepsAtMost = 3;

export interface Answered {
  sweep: SweepView;
  board: AskedBoard;
}

const hasResult = ({ trials }: SweepView): boolean => trials.SUCCEEDED + trials.OVER_BUDGET > 0;

/** The boards of the newest sweeps with a result, as far as they say something. */
export function useAnswered(sweeps: readonly SweepView[]): { answered: Answered[]; isReading: boolean } {
  const newest = sweeps.filter(hasResult).slice(0, sweepsAtMost);
  const boards = useQueries({
    queries: newest.map(({ id, task, base }) => leaderboardQuery({ task, base, sweepId: id, by: 'method' })),
  });
  const answered = newest.flatMap((sweep, index) => {
    const board = boards[index]?.data;
    return board && board.answers.length > 0 ? [{ sweep, board }] : [];
  });
  return { answered, isReading: boards.some(({ isPending }) => isPending) };
}
