import { ActionIcon, Badge, Button, Group, Stack, Table, Text, Tooltip } from '@mantine/core';
import {
  boardExport,
  boardFileName,
  type Leaderboard,
  type LeaderboardQuery,
  type LeaderboardRow,
  mostCompared,
  namedUnlike,
  scoreDecimals,
  scoreText,
  settingOfRow,
  settingText,
  settingTitle,
} from '@rankforge/contracts';
import { IconChevronRight, IconColumns3 } from '@tabler/icons-react';
import { type MouseEvent, useMemo, useState } from 'react';
import { ButtonLink } from '../../components/links.js';
import { SaveMenu } from '../../components/save-menu.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Term } from '../../components/term.js';
import { formatInteger, formatInterval, formatLearningRate, formatMiB } from '../../lib/format.js';
import classes from './board-table.module.css';
import { ColumnMenu } from './column-menu.js';
import type { BoardColumn } from './columns.js';
import { rowKey, statusLabels } from './rows.js';
import { useColumns } from './use-columns.js';

interface BoardTableProps {
  board: Leaderboard;
  names: readonly string[];
  by?: LeaderboardQuery['by'];
  onOpen: (row: number) => void;
}

/** Rows that are drawn at once: thousands would hold up the page. */
const rowsAtOnce = 200;

/** The first training of each of the first rows: one seed of the configuration. */
const firstTrainings = (rows: readonly LeaderboardRow[]): string[] =>
  rows.flatMap(({ trialIds }) => trialIds.slice(0, 1)).slice(0, mostCompared);

export function BoardTable({ board, names, by = 'method', onOpen }: BoardTableProps) {
  const chosen = useColumns(board);
  const decimals = scoreDecimals(board.rows);
  const unlike = useMemo(() => namedUnlike(board.rows).map(({ name }) => name), [board.rows]);
  const [most, setMost] = useState(rowsAtOnce);
  const first = firstTrainings(board.rows);
  return (
    <Stack gap="xs">
      <Group justify="flex-end" gap="xs">
        {first.length > 1 ? (
          <ButtonLink
            to="/trials/compare"
            search={{ trials: first }}
            variant="default"
            size="xs"
            leftSection={<IconColumns3 size={15} aria-hidden />}
            title="Settings and curves of the first training of each row, at most the first eight"
          >
            Side by side
          </ButtonLink>
        ) : null}
        <SaveMenu
          fileIn={(format) => boardExport(board, format, by)}
          nameWith={(extension) => boardFileName(board, extension)}
        />
        <ColumnMenu {...chosen} />
      </Group>
      <ScrollFrame label="Leaderboard" keepLast>
        <Table className={classes.table} horizontalSpacing={10} highlightOnHover aria-label="Leaderboard">
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={classes.name}>Method</Table.Th>
              <Table.Th className="rf-number">Test {board.metric.name}</Table.Th>
              <Table.Th className="rf-number">
                95 % <Term word="interval">interval</Term>
              </Table.Th>
              <Table.Th>
                <Term word="group">Group</Term>
              </Table.Th>
              {chosen.columns.map((column) => (
                <Table.Th key={column.id} className="rf-number">
                  <ColumnTitle column={column} />
                </Table.Th>
              ))}
              <Table.Th>
                <span className="rf-visually-hidden">Details</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {board.rows.slice(0, most).map((row, index) => (
              <Row
                key={rowKey(row)}
                row={row}
                name={names[index]!}
                decimals={decimals}
                unlike={unlike}
                tightest={board.budgetsMiB?.[0]}
                columns={chosen.columns}
                onOpen={() => onOpen(index)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollFrame>
      {board.rows.length > most ? (
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            The first {formatInteger(most)} of {formatInteger(board.rows.length)} rows.
          </Text>
          <Button variant="default" size="xs" onClick={() => setMost(most + rowsAtOnce)}>
            Show more rows
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function ColumnTitle({ column: { title, hint } }: { column: BoardColumn }) {
  if (!hint) return title;
  return (
    <Tooltip label={hint}>
      <span>{title}</span>
    </Tooltip>
  );
}

interface RowProps {
  row: LeaderboardRow;
  name: string;
  decimals: number;
  /** Settings in which rows of the board were not trained alike. */
  unlike: readonly string[];
  /** The smallest budget of the board. */
  tightest: number | undefined;
  columns: readonly BoardColumn[];
  onOpen: () => void;
}

/** Marks a row whose training serves several ranks. */
function OneRun({ trainedRank }: { trainedRank: number }) {
  return (
    <Tooltip label={`One training at rank ${trainedRank} serves this rank and every smaller one.`}>
      <Badge ml={6} size="xs" variant="light">
        from one run
      </Badge>
    </Tooltip>
  );
}

function Row({ row, name, decimals, unlike, tightest, columns, onOpen }: RowProps) {
  const needs = row.smallestBudgetMiB;
  const isTooLarge = row.score !== null && needs !== null && tightest !== undefined && needs > tightest;
  return (
    <Table.Tr data-status={row.status} onClick={(event) => isOfRow(event) && onOpen()}>
      <Table.Td className={classes.name}>
        <Text size="sm" fw={600}>
          {name}
          {row.trainedRank === null ? null : <OneRun trainedRank={row.trainedRank} />}
        </Text>
        <Text size="xs" c="dimmed">
          {[
            row.learningRate === null ? '' : `lr ${formatLearningRate(row.learningRate)}`,
            ...unlike.flatMap((setting) => settingBeside(name, row, setting)),
            row.pareto ? 'Pareto' : '',
            isTooLarge ? `does not fit in ${tightest} MiB` : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
        {[...(row.score !== null && row.reason ? [row.reason] : []), ...(row.neverFired ?? [])].map((text) => (
          <Text key={text} size="xs" c="dimmed" maw={340} style={{ whiteSpace: 'normal' }}>
            {text}
          </Text>
        ))}
      </Table.Td>
      {row.score === null ? (
        <Table.Td colSpan={3}>
          <NoScore row={row} />
        </Table.Td>
      ) : (
        <>
          <Table.Td className="rf-number" fw={600}>
            {scoreText(row.score, decimals)}
          </Table.Td>
          <Table.Td className="rf-number">
            {row.interval ? formatInterval(row.interval, decimals) : '–'}
            {coverageTexts[row.intervalCovers ?? 'seeds-and-examples'] ? (
              <Text size="xs" c="dimmed">
                {coverageTexts[row.intervalCovers ?? 'seeds-and-examples']}
              </Text>
            ) : null}
          </Table.Td>
          <Table.Td>
            {row.group ? (
              <Badge color="gray" className={classes.group}>
                {row.group}
              </Badge>
            ) : (
              '–'
            )}
          </Table.Td>
        </>
      )}
      {columns.map(({ id, cell }) => (
        <Table.Td key={id} className="rf-number">
          {cell(row)}
        </Table.Td>
      ))}
      <Table.Td ta="right">
        <Tooltip label="Details">
          <ActionIcon variant="subtle" color="gray" onClick={onOpen} aria-label={`Details of ${name}`}>
            <IconChevronRight size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Table.Td>
    </Table.Tr>
  );
}

/** Whether a click is of the row itself: not of a control on it, nor the end of marking its text. */
const isOfRow = ({ target }: MouseEvent): boolean =>
  !(target as Element).closest('a, button') && window.getSelection()?.isCollapsed !== false;

/** A setting in which rows differ, where the name of the row does not say it. */
function settingBeside(name: string, row: LeaderboardRow, setting: string): string[] {
  const value = settingText(settingOfRow(row, setting));
  return name.includes(`${setting} ${value}`) ? [] : [`${settingTitle(setting)} ${value}`];
}

/** A remark on an interval that does not hold all luck. */
const coverageTexts: Partial<Record<NonNullable<LeaderboardRow['intervalCovers']>, string>> = {
  'examples-only': 'one seed: examples only',
  'seeds-only': 'no scores by example: seeds only',
};

function NoScore({ row }: { row: LeaderboardRow }) {
  return (
    <>
      <Badge color={row.status === 'failed' ? 'red' : row.status === 'does-not-fit' ? 'yellow' : 'gray'}>
        {statusLabels[row.status]}
      </Badge>
      {row.smallestBudgetMiB !== null && row.status === 'does-not-fit' ? (
        <Text size="xs" c="dimmed" span ml={8}>
          fits {formatMiB(row.smallestBudgetMiB)}
        </Text>
      ) : null}
      {row.reason ? (
        <Text size="xs" c="dimmed" maw={340} style={{ whiteSpace: 'normal' }}>
          {row.reason}
        </Text>
      ) : null}
    </>
  );
}
