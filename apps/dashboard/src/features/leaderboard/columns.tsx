/** @file Columns of the board that may be shown or not: what they are called and what they say of a row. */
import { ActionIcon, Text, Tooltip } from '@mantine/core';
import {
  type AnyMeasure,
  type Cell,
  columnsOf,
  edgeText,
  formatted,
  type Leaderboard,
  type LeaderboardRow,
  type MeasureColumn,
  measures,
  onRow,
  type RungLedger,
  rungLedgerText,
} from '@rankforge/contracts';
import { IconArrowsHorizontal, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatDuration, formatInteger, formatMetric } from '../../lib/format.js';
import { formats } from '../../lib/measure-formats.js';

export interface BoardColumn {
  id: string;
  title: string;
  hint?: string;
  /** Columns of 0 are shown however narrow the window is, and columns of 1 before those of 2. */
  priority: MeasureColumn<unknown>['priority'];
  /** Boards that have it; default: all. */
  on?: (board: Leaderboard) => boolean;
  cell: (row: LeaderboardRow) => ReactNode;
}

/**
 * Boards that have the columns of a measure. A row of ours may get a value while it runs; what others measured is all there, so that a
 * measure of which no row has a value has no column.
 */
function isOn(board: Leaderboard, measure: AnyMeasure): boolean {
  const isMeant = measure.on !== 'some' && !board.published;
  return isMeant || board.rows.some((row) => onRow(row, measure) !== null);
}

const columnsFor = (measure: AnyMeasure): BoardColumn[] =>
  columnsOf(measure).map(({ id, title = measure.title, hint = measure.hint, priority, cell }) => ({
    id,
    title,
    ...(hint ? { hint } : {}),
    priority,
    on: (board) => isOn(board, measure),
    cell: (row) => <Measured measure={measure} cell={cell} row={row} />,
  }));

/** In the order of the board, after method, score, interval and group. */
export const boardColumns: readonly BoardColumn[] = [
  { id: 'validation', title: 'Validation', priority: 2, cell: (row) => formatMetric(row.validation) },
  ...measures.flatMap(columnsFor),
  {
    id: 'tuning',
    title: 'Tuning',
    hint: 'Trials and optimizer steps spent on this method: one tuned more than the others is favoured.',
    priority: 1,
    cell: (row) => <Tuning row={row} />,
  },
];

/** A value as its record says it, above what was predicted of it or what it says besides. */
function Measured({
  measure,
  cell,
  row,
}: {
  measure: AnyMeasure;
  cell: MeasureColumn<unknown>['cell'];
  row: LeaderboardRow;
}) {
  const { unit, predicted } = measure;
  const value = onRow(row, measure);
  const expected = predicted?.(row) ?? null;
  const { text, below, title }: Cell =
    value === null ? { text: '–' } : (cell?.(value, formats) ?? { text: formatted(value as number, unit, formats) });
  const second = expected === null ? below : `${formatted(expected, unit, formats)} predicted`;
  return (
    <>
      {title ? <span title={title}>{text}</span> : text}
      {second ? (
        <Text size="xs" c="dimmed">
          {second}
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
  const said = tuningTexts(row).join(' ');
  return (
    <>
      {formatInteger(row.tuningTrials)}
      {said === '' ? null : (
        <Tooltip label={said} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="xs"
            ml={4}
            style={{ verticalAlign: 'middle' }}
            aria-label={said}
          >
            {row.edges.length > 0 ? (
              <IconArrowsHorizontal size={14} aria-hidden />
            ) : (
              <IconInfoCircle size={14} aria-hidden />
            )}
          </ActionIcon>
        </Tooltip>
      )}
      <Text size="xs" c="dimmed">
        {formatInteger(row.tuningSteps)} steps
      </Text>
    </>
  );
}

/** Edges of the grid that the chosen configuration lies on, what stopped at a rung, and the ledger of a fair protocol, a sentence each. */
export function tuningTexts(row: LeaderboardRow): string[] {
  const edges = row.edges.map((edge) => `${capital(edgeText(edge))}: a better one may lie beyond.`);
  const halved = row.halved ? [rungLedgerText(row.halved), ...row.halved.configurations.map(stoppedText)] : [];
  const fair = row.fair ? [ledger(row, row.fair)] : [];
  return [...edges, ...[...halved, ...fair].map((text) => `${capital(text)}.`)];
}

/** @example 'learning rate 0.0001, rank 8: step 20, 0.71 against 0.9, p = 0.0001' */
function stoppedText({ learningRate, rank, step, value, best, pValue }: RungLedger['configurations'][number]): string {
  const settings = `learning rate ${learningRate}${rank === null ? '' : `, rank ${rank}`}`;
  const test = pValue === null ? '' : `, p = ${Number(pValue.toPrecision(2))}`;
  return `${settings}: step ${formatInteger(step)}, ${formatMetric(value)} against ${formatMetric(best)}${test}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The ledger of a fair protocol on a row, beyond the trials and steps that stand above it. */
function ledger(row: LeaderboardRow, fair: NonNullable<LeaderboardRow['fair']>): string {
  const said = [
    `tuned for ${formatDuration(fair.tuningSeconds)}`,
    fair.tuningTrials === row.tuningTrials ? '' : `${formatInteger(fair.tuningTrials)} configurations tried`,
    fair.overBudget > 0 ? `${formatInteger(fair.overBudget)} over budget` : '',
    `trained again with ${formatInteger(fair.finalSeeds.length)} new ${fair.finalSeeds.length === 1 ? 'seed' : 'seeds'}`,
    fair.finalLost > 0 ? `${formatInteger(fair.finalLost)} more failed or did not fit` : '',
    fair.calibrationBatches > 0 ? `${formatInteger(fair.calibrationBatches)} batches read before the first steps` : '',
    fair.edge === null ? '' : edgeLabels[fair.edge],
  ];
  return said.filter(Boolean).join('; ');
}
