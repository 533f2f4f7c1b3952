/** @file Columns of a board's table that say measures. */
import {
  type AnyMeasure,
  type Formats,
  formatted,
  type Leaderboard,
  type LeaderboardRow,
  measures,
  onRow,
} from '@rankforge/contracts';
import { formatCount, formatMiB, formatNumber } from './format.js';
import type { Column } from './table.js';

const formats: Formats = {
  count: formatCount,
  integer: String,
  bytes: formatMiB,
  milliseconds: (value) => formatNumber(value, 3),
  number: formatNumber,
};

/** @param beside columns that stand after those of what was predicted */
export function measureColumns(
  board: Leaderboard,
  beside: readonly Column<LeaderboardRow>[],
): Column<LeaderboardRow>[] {
  const last = measures.findLastIndex(({ predicted }) => predicted !== undefined);
  return measures.flatMap((measure, index) => [...columnsOf(measure, board), ...(index === last ? beside : [])]);
}

function columnsOf(measure: AnyMeasure, { rows }: Leaderboard): Column<LeaderboardRow>[] {
  const { line, on, predicted, unit } = measure;
  if (!line || (on === 'some' && rows.every((row) => onRow(row, measure) === null))) return [];
  const { title, predictedTitle } = line;
  const shown = (value: unknown) =>
    value === null ? '–' : line.text ? line.text(value, formats) : formatted(value as number, unit, formats);
  return [
    ...(predicted && predictedTitle
      ? [{ title: predictedTitle, right: true, value: (row: LeaderboardRow) => shown(predicted(row)) }]
      : []),
    { title, right: true, value: (row: LeaderboardRow) => shown(onRow(row, measure)) },
  ];
}
