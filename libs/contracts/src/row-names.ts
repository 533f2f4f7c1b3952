/** @file Rows of a board by their names for people. */
import { contenderName } from './contender.js';
import { type LeaderboardQuery, type LeaderboardRow, variantsOf } from './leaderboard.js';

/** @example learningRateText(0.0003) // '3e-4' */
export function learningRateText(value: number): string {
  if (value >= 0.01 && value < 1000) return String(value);
  return value.toExponential().replace('e+', 'e');
}

/** Names of rows; rows that would be called alike are told apart by their configuration. @example rowNames([row], 'method') // ['lora r8'] */
export function rowNames(rows: readonly LeaderboardRow[], by: LeaderboardQuery['by']): string[] {
  const names = rows.map((row) => rowName(row, by));
  const variants = variantsOf(rows, (row) => rowName(row, by));
  return names.map((name, index) => [name, variants[index]].filter(Boolean).join(' '));
}

function rowName(row: LeaderboardRow, by: LeaderboardQuery['by']): string {
  const parts = [contenderName(row)];
  if (row.rank !== null) parts.push(`${row.fitted?.includes('rank') ? 'max → ' : ''}r${row.rank}`);
  if (row.keeps !== null) parts.push(`keeps ${row.keeps}`);
  if (row.steps === 0) parts.push(row.adapter === undefined ? 'untrained' : 'not trained here');
  if (by === 'configuration' && row.learningRate !== null) parts.push(`lr ${learningRateText(row.learningRate)}`);
  return parts.join(' ');
}
