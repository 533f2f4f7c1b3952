/** @file Columns of the board that may be shown or not: what they are called and what they say of a row. */
import { Text } from '@mantine/core';
import {
  type AnyMeasure,
  type Cell,
  edgeText,
  formatted,
  type Leaderboard,
  type LeaderboardRow,
  measures,
  onRow,
  sweepKindOf,
} from '@rankforge/contracts';
import type { ReactNode } from 'react';
import { formatBytes, formatDuration, formatInteger, formatMetric } from '../../lib/format.js';
import { formats } from './formats.js';

export interface BoardColumn {
  id: string;
  title: string;
  hint?: string;
  /** 1 is shown first where there is little room. */
  priority: 1 | 2;
  /** Boards that have it; default: all. */
  on?: (board: Leaderboard) => boolean;
  cell: (row: LeaderboardRow) => ReactNode;
}

const columnOf = (measure: AnyMeasure): BoardColumn => ({
  id: measure.column.id,
  title: measure.column.title ?? measure.title,
  ...(measure.hint ? { hint: measure.hint } : {}),
  priority: measure.column.priority,
  ...(measure.on === 'some' ? { on: ({ rows }) => rows.some((row) => onRow(row, measure) !== null) } : {}),
  cell: (row) => <Measured measure={measure} row={row} />,
});

/** What a compression left stands beside what its training held. */
const compression: readonly BoardColumn[] = [
  {
    id: 'stored',
    title: 'Stored',
    hint: 'Bytes of the whole compressed model in float32, and their share of the base model.',
    priority: 1,
    on: ({ kind }) => sweepKindOf(kind).makesSmaller,
    cell: ({ compression }) => <Stored compression={compression} />,
  },
  {
    id: 'before',
    title: 'Before',
    hint: 'Test score of the base model as it was.',
    priority: 1,
    on: ({ kind }) => sweepKindOf(kind).makesSmaller,
    cell: ({ compression }) => formatMetric(compression?.before ?? null),
  },
];

const lastPredicted = measures.findLastIndex(({ predicted }) => predicted !== undefined);

/** In the order of the board, after method, score, interval and group. */
export const boardColumns: readonly BoardColumn[] = [
  { id: 'validation', title: 'Validation', priority: 2, cell: (row) => formatMetric(row.validation) },
  ...measures.slice(0, lastPredicted + 1).map(columnOf),
  ...compression,
  ...measures.slice(lastPredicted + 1).map(columnOf),
  {
    id: 'tuning',
    title: 'Tuning',
    hint: 'Trials and optimizer steps spent on this method: one tuned more than the others is favoured.',
    priority: 1,
    cell: (row) => <Tuning row={row} />,
  },
];

/** A value as its record says it, above what was predicted of it or what it says besides. */
function Measured({ measure, row }: { measure: AnyMeasure; row: LeaderboardRow }) {
  const value = onRow(row, measure);
  const predicted = measure.predicted?.(row) ?? null;
  const cell = cellOf(measure, value);
  const below = predicted === null ? cell.below : `${formatted(predicted, measure.unit, formats)} predicted`;
  return (
    <>
      {cell.title ? <span title={cell.title}>{cell.text}</span> : cell.text}
      {below ? (
        <Text size="xs" c="dimmed">
          {below}
        </Text>
      ) : null}
    </>
  );
}

function cellOf({ column, unit }: AnyMeasure, value: unknown): Cell {
  if (value === null) return { text: '–' };
  return column.cell?.(value, formats) ?? { text: formatted(value as number, unit, formats) };
}

function Stored({ compression }: Pick<LeaderboardRow, 'compression'>) {
  if (compression === null) return '–';
  return (
    <span title={`${formatInteger(compression.parameters)} parameters`}>
      {formatBytes(compression.bytes)}
      <Text size="xs" c="dimmed">
        {compression.ratio.toFixed(3)} of the base
      </Text>
    </span>
  );
}

const edgeLabels = {
  smallest: 'the smallest learning rate tried',
  largest: 'the largest learning rate tried',
  only: 'one learning rate tried',
};

function Tuning({ row }: { row: LeaderboardRow }) {
  return (
    <>
      {formatInteger(row.tuningTrials)}
      <Text size="xs" c="dimmed">
        {formatInteger(row.tuningSteps)} steps
      </Text>
      {row.edges.map((edge) => (
        <Text key={edge.axis} size="xs" title={`Tried: ${edge.tried.join(', ')}. A better one may lie beyond.`}>
          {edgeText(edge)}
        </Text>
      ))}
      {row.fair ? (
        <Text size="xs" c="dimmed">
          fair: {formatInteger(row.fair.tuningTrials)} tuned, {formatInteger(row.fair.overBudget)} over budget,{' '}
          {formatDuration(row.fair.tuningSeconds)}; {formatInteger(row.fair.finalSeeds.length)} fresh seeds
          {row.fair.calibrationBatches > 0
            ? `; ${formatInteger(row.fair.calibrationBatches)} batches read before the first steps`
            : ''}
          {row.fair.edge === null ? '' : `; ${edgeLabels[row.fair.edge]}`}
        </Text>
      ) : null}
    </>
  );
}
