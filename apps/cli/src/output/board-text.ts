/** @file A board as the command line prints it: the table, and how the adapters of the rows that lead are had. */
import { type Leaderboard, type LeaderboardQuery, sweepKindOf, trialKindOf } from '@rankforge/contracts';
import { leaderboardTable } from './leaderboard-table.js';

/** The choice of a board, as options of the command say it. */
interface Asked {
  by: LeaderboardQuery['by'];
  sweepId?: string | undefined;
  maxParameters?: number;
  rank?: number;
  metric?: string;
  atMost?: string[];
  scenario?: string;
}

export const boardText = (board: Leaderboard, asked: Asked): string =>
  [leaderboardTable(board, asked.by), ...adapterLines(board, asked)].join('\n');

/** The commands that write the adapters of the rows that lead; none where these have no trial here, or leave no adapter. */
function adapterLines({ rows: [first], answers, kind }: Leaderboard, asked: Asked): string[] {
  if (first?.score == null || first.trialIds.length === 0 || !trialKindOf(sweepKindOf(kind).trial).trains) return [];
  const { by, sweepId, maxParameters, rank, metric, atMost, scenario } = asked;
  const isWhole = [maxParameters, rank, metric, atMost, scenario].every((limit) => limit === undefined);
  if (sweepId === undefined || !isWhole) {
    const which = first.trialIds.length > 1 ? ', one of its seeds' : '';
    return [`Adapter of row 1: rankforge adapter download ${first.trialIds[0]}${which}`];
  }
  const command = `rankforge adapter download --of-sweep ${sweepId}${by === 'method' ? '' : ` --by ${by}`}`;
  return answers.flatMap(({ memoryBudgetMiB, leader }) =>
    leader === null || memoryBudgetMiB === null
      ? []
      : [`Adapter of ${leader.name}, within ${memoryBudgetMiB} MiB: ${command} --budget ${memoryBudgetMiB}`],
  );
}
