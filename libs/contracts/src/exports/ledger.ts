/** @file The ledger of a fair protocol as a table: what the tuning of each method took. */
import { contenderName } from '../contender.js';
import type { FairLedger, LeaderboardRow } from '../leaderboard.js';
import type { Formats } from '../measures/measure.js';
import type { ExportColumn } from './column.js';

type LedgerRow = FairLedger & { name: string };

/** Ledgers of the rows that have one. */
export const ledgerRows = (rows: readonly LeaderboardRow[]): LedgerRow[] =>
  rows.flatMap((row) => (row.fair ? [{ name: contenderName(row), ...row.fair }] : []));

export const ledgerColumns = ({ count, seconds }: Pick<Formats, 'count' | 'seconds'>): ExportColumn<LedgerRow>[] => [
  { title: 'fair protocol', value: ({ name }) => name },
  { title: 'tuning trials', right: true, value: ({ tuningTrials }) => tuningTrials },
  { title: 'over budget', right: true, value: ({ overBudget }) => overBudget },
  { title: 'failed', right: true, value: ({ failed }) => failed },
  { title: 'steps', right: true, value: ({ tuningSteps }) => count(tuningSteps) },
  { title: 'seconds', right: true, value: ({ tuningSeconds }) => seconds(tuningSeconds) },
  { title: 'batches read before', right: true, value: ({ calibrationBatches }) => calibrationBatches },
  { title: 'learning rates', right: true, value: ({ learningRates }) => learningRates.length },
  { title: 'edge', value: ({ edge, extended }) => `${edge ?? ''}${extended > 0 ? ` (${extended} beyond)` : ''}` },
  {
    title: 'final seeds',
    value: ({ finalSeeds, finalLost }) =>
      `${finalSeeds.join(', ') || '–'}${finalLost > 0 ? ` (${finalLost} failed or did not fit)` : ''}`,
  },
];

/** Says how the ledger is to be read. */
export const ledgerNote =
  'Tuned alike, each in its own space; scored with seeds that no tuning has seen. Edge: the chosen learning rate ends those tried.';
