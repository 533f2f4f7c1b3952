/** @file Rows of a leaderboard: what tells them apart and where a chart places them. */
import { type AnyMeasure, amountOnRow, type LeaderboardRow, partsOf } from '@rankforge/contracts';

/** Tells a row from the others of its board, and is the same when the board is read again. */
export function rowKey(row: LeaderboardRow): string {
  const { rank, learningRate, config, settings, status } = row;
  return JSON.stringify([partsOf(row), rank, learningRate, config, settings, status]);
}

/** A title within a sentence. @example inSentence('Peak memory') // 'peak memory' */
export const inSentence = (title: string): string =>
  /^.[A-Z]/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);

/** The number to place a row by: what it came to, else what was predicted. */
export function costOf(row: LeaderboardRow, measure: AnyMeasure): number | null {
  return amountOnRow(row, measure) ?? measure.predicted?.(row) ?? null;
}

export const statusLabels: Record<LeaderboardRow['status'], string> = {
  scored: 'Scored',
  unscored: 'Not scored on test yet',
  'does-not-fit': 'Does not fit',
  failed: 'Failed',
  running: 'Running',
  queued: 'Queued',
};
