/** @file A board as the command line prints it: the table, and how the adapter of its first row is had. */
import { type Leaderboard, type LeaderboardQuery, sweepKindOf, trialKindOf } from '@rankforge/contracts';
import { leaderboardTable } from './leaderboard-table.js';

/** The choice of a board, as options of the command say it. */
interface Asked {
  by: LeaderboardQuery['by'];
  sweepId?: string | undefined;
  budget?: number;
  maxParameters?: number;
  rank?: number;
  metric?: string;
  atMost?: string[];
  scenario?: string;
}

export const boardText = (board: Leaderboard, asked: Asked): string =>
  [leaderboardTable(board, asked.by), ...adapterLine(board, asked)].join('\n');

/** The command that writes the adapter of the first row; none where its row has no trial here, or these leave no adapter. */
function adapterLine({ rows: [first], kind }: Leaderboard, asked: Asked): string[] {
  if (first?.score == null || first.trialIds.length === 0 || !trialKindOf(sweepKindOf(kind).trial).trains) return [];
  const { by, sweepId, budget, maxParameters, rank, metric, atMost, scenario } = asked;
  // The rows of a sweep are those of its whole board.
  const isWhole = [budget, maxParameters, rank, metric, atMost, scenario].every((limit) => limit === undefined);
  const which =
    sweepId !== undefined && isWhole
      ? `--of-sweep ${sweepId}${by === 'method' ? '' : ` --by ${by}`} (--row N for another row)`
      : `${first.trialIds[0]}${first.trialIds.length > 1 ? ', one of its seeds' : ''}`;
  return [`Adapter of row 1: rankforge adapter download ${which}`];
}
