/** @file The training of a row of a sweep's board whose adapter is taken: that of the seed that is best on validation. */
import {
  contenderName,
  Leaderboard,
  type LeaderboardQuery,
  type LeaderboardRow,
  SweepDetail,
  TrialDetail,
} from '@rankforge/contracts';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { formatNumber } from '../output/format.js';

export interface RowOfSweep {
  sweepId: string;
  /** Counted from 1, as the table of the board numbers rows. */
  row: number;
  by: LeaderboardQuery['by'];
}

export interface Winner {
  trial: TrialDetail;
  /** The row, the seed and why it was chosen, for people. */
  why: string;
}

/** @throws CommandError where the board has no such row, or none of its trainings has a result */
export async function winnerOf(client: ApiClient, { sweepId, row: place, by }: RowOfSweep): Promise<Winner> {
  const { task, base } = await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id: sweepId } } });
  const board = await client.get('/v1/leaderboard', Leaderboard, { params: { query: { task, base, sweepId, by } } });
  const row = board.rows[place - 1];
  if (!row) throw usage(`--row ${place}: the board of the sweep has ${rowCount(board)}`);
  const name = `row ${place}, ${contenderName(row)}`;
  const trials = await Promise.all(
    row.trialIds.map((id) => client.get('/v1/trials/{id}', TrialDetail, { params: { path: { id } } })),
  );
  const { metric } = board;
  const scored = trials.flatMap((trial) => {
    const value = trial.result?.validation?.[metric.name];
    return typeof value === 'number' ? [{ trial, value }] : [];
  });
  const better = metric.direction === 'minimize' ? -1 : 1;
  const [best] = scored.toSorted((one, other) => better * (other.value - one.value));
  if (!best) throw new CommandError(`${name}: ${noResult(row)}`, exitCode.refused);
  const { trial, value } = best;
  const among = scored.length === 1 ? 'the only seed' : `the best of ${scored.length} seeds on validation`;
  return {
    trial,
    why: `${name}: seed ${trial.seed}, ${among} (${metric.name} ${formatNumber(value)}), trial ${trial.id}`,
  };
}

const rowCount = ({ rows }: Leaderboard) => (rows.length === 1 ? '1 row' : `${rows.length} rows`);

const noResult = ({ status, reason }: LeaderboardRow) =>
  `no training of it has a score on validation (${[status, reason].filter(Boolean).join(': ')})`;
