import { Table, Text } from '@mantine/core';
import {
  contenderKey,
  contenderName,
  defaultSweepKind,
  type Standings,
  type StandingsCell,
  scoreDecimals,
  scoreText,
} from '@rankforge/contracts';
import { TextLink } from '../../components/links.js';
import { ScrollFrame } from '../../components/scroll-frame.js';

interface StandingsTableProps {
  standings: Standings;
  memoryBudgetMiB: number | undefined;
}

/** One row a method: its mean place, and its score and place on every board, which is one of fine-tuning. */
export function StandingsTable({ standings: { boards, rows }, memoryBudgetMiB }: StandingsTableProps) {
  const decimals = boards.map((_, index) => scoreDecimals(rows.flatMap(({ cells }) => cells[index] ?? [])));
  return (
    <ScrollFrame label="Standings">
      <Table miw={360 + boards.length * 150} horizontalSpacing={10} highlightOnHover aria-label="Standings">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Method</Table.Th>
            <Table.Th className="rf-number">Mean place</Table.Th>
            <Table.Th>Group</Table.Th>
            {boards.map(({ task, base, title, metric }) => (
              <Table.Th key={`${task}/${base}`} className="rf-number">
                <TextLink
                  to="/leaderboard"
                  search={{ task, base, kind: defaultSweepKind, memoryBudgetMiB, by: 'method' }}
                  size="sm"
                >
                  {title}
                </TextLink>
                <Text size="xs" c="dimmed">
                  {base} · {metric.name}
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={contenderKey(row)}>
              <Table.Td>{contenderName(row)}</Table.Td>
              <Table.Td className="rf-number">{row.meanPlace?.toFixed(2) ?? '–'}</Table.Td>
              <Table.Td fw={600}>{row.group ?? ''}</Table.Td>
              {boards.map(({ task, base }, index) => (
                <Table.Td key={`${task}/${base}`} className="rf-number">
                  <Cell cell={row.cells[index] ?? null} decimals={decimals[index] ?? 2} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

function Cell({ cell, decimals }: { cell: StandingsCell | null; decimals: number }) {
  if (cell === null) return <Text c="dimmed">–</Text>;
  if (cell.score === null) {
    return (
      <Text size="sm" c="dimmed" title={cell.reason ?? undefined}>
        {cell.status.replaceAll('-', ' ')}
      </Text>
    );
  }
  return (
    <>
      {scoreText(cell.score, decimals)}
      <Text size="xs" c="dimmed">
        {cell.place === null ? (cell.group ?? '') : `place ${cell.place}`}
      </Text>
    </>
  );
}
