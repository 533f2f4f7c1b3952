/** @file Columns of the board that may be shown or not: what they are called and what they say of a row. */
import { Text, Tooltip } from '@mantine/core';
import { edgeText, type Leaderboard, type LeaderboardRow } from '@rankforge/contracts';
import type { ReactNode } from 'react';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatMetric,
  formatMilliseconds,
} from '../../lib/format.js';

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

/** In the order of the board, after method, score, interval and group. */
export const boardColumns: readonly BoardColumn[] = [
  { id: 'validation', title: 'Validation', priority: 2, cell: (row) => formatMetric(row.validation) },
  {
    id: 'trained',
    title: 'Trained',
    hint: 'Trained parameters.',
    priority: 1,
    cell: (row) => <span title={formatInteger(row.trainableParameters)}>{formatCount(row.trainableParameters)}</span>,
  },
  { id: 'adapter', title: 'Adapter', hint: 'Bytes stored.', priority: 2, cell: (row) => formatBytes(row.adapterBytes) },
  { id: 'memory', title: 'Peak memory', priority: 1, cell: (row) => <PeakMemory row={row} /> },
  {
    id: 'stored',
    title: 'Stored',
    hint: 'Bytes of the whole compressed model in float32, and their share of the base model.',
    priority: 1,
    on: ({ kind }) => kind === 'compress',
    cell: ({ compression }) => <Stored compression={compression} />,
  },
  {
    id: 'before',
    title: 'Before',
    hint: 'Test score of the base model as it was.',
    priority: 1,
    on: ({ kind }) => kind === 'compress',
    cell: ({ compression }) => formatMetric(compression?.before ?? null),
  },
  { id: 'step', title: 'Step time', priority: 1, cell: (row) => formatMilliseconds(row.medianStepMs) },
  {
    id: 'tokens',
    title: 'Tokens/s',
    hint: 'Of training: median over steps, then over seeds.',
    priority: 2,
    on: ({ rows }) => rows.some(({ tokensPerSecond }) => tokensPerSecond !== null),
    cell: (row) => formatCount(row.tokensPerSecond === null ? null : Math.round(row.tokensPerSecond)),
  },
  {
    id: 'base-loss',
    title: 'Base loss',
    hint: 'Loss on held-back data of the base model itself, and what the adapter changes: a rise was forgotten.',
    priority: 2,
    cell: ({ forgetting }) => <Forgotten forgetting={forgetting} />,
  },
  {
    id: 'flips',
    title: 'Flips',
    hint: 'Against the teacher of the trials: answers that were right and are wrong now, and the other way round.',
    priority: 2,
    cell: ({ flips }) => <Flipped flips={flips} />,
  },
  {
    id: 'tuning',
    title: 'Tuning',
    hint: 'Trials and optimizer steps spent on this method: one tuned more than the others is favoured.',
    priority: 1,
    cell: (row) => <Tuning row={row} />,
  },
];

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

function PeakMemory({ row }: { row: LeaderboardRow }) {
  return (
    <>
      {formatBytes(row.measuredPeakBytes)}
      {row.predicted ? (
        <Text size="xs" c="dimmed">
          {formatBytes(row.predicted.total)} predicted
        </Text>
      ) : null}
    </>
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

function Flipped({ flips }: Pick<LeaderboardRow, 'flips'>) {
  if (flips === null) return '–';
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return (
    <span
      title={`${formatInteger(flips.outputs)} outputs; right before ${percent(flips.before)}, now ${percent(flips.after)}`}
    >
      −{percent(flips.negative)}
      <Text size="xs" c="dimmed">
        +{percent(flips.positive)}
      </Text>
    </span>
  );
}

function Forgotten({ forgetting }: Pick<LeaderboardRow, 'forgetting'>) {
  if (forgetting === null) return '–';
  if (!forgetting.measured) {
    return (
      <Tooltip label={forgetting.reason}>
        <span>n/a</span>
      </Tooltip>
    );
  }
  const { before, after, data, examples } = forgetting;
  const change = after - before;
  return (
    <span title={`${data}, ${formatInteger(examples)} windows, nats per token`}>
      {after.toFixed(3)}
      <Text size="xs" c="dimmed">
        {change < 0 ? '−' : '+'}
        {Math.abs(change).toFixed(3)}
      </Text>
    </span>
  );
}
