/** @file Columns of a board's table that say measures. */
import {
  type AnyMeasure,
  type Formats,
  formatted,
  type Leaderboard,
  type LeaderboardRow,
  linesOf,
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
  seconds: (value) => formatNumber(value, 3),
  number: formatNumber,
};

export const measureColumns = (board: Leaderboard): Column<LeaderboardRow>[] =>
  measures.flatMap((measure) => columnsOf(measure, board));

function columnsOf(measure: AnyMeasure, { rows }: Leaderboard): Column<LeaderboardRow>[] {
  const { on, predicted, unit } = measure;
  if (on === 'some' && rows.every((row) => onRow(row, measure) === null)) return [];
  return linesOf(measure).flatMap(({ title, predictedTitle, text }) => {
    const shown = (value: unknown) =>
      value === null ? '–' : text ? text(value, formats) : formatted(value as number, unit, formats);
    return [
      ...(predicted && predictedTitle
        ? [{ title: predictedTitle, right: true, value: (row: LeaderboardRow) => shown(predicted(row)) }]
        : []),
      { title, right: true, value: (row: LeaderboardRow) => shown(onRow(row, measure)) },
    ];
  });
}
