/** @file The changes with which rows fit that do not as they were asked for: each was predicted before it is named. */
import { Button, Stack, Table, Text, Title } from '@mantine/core';
import type { EstimateRow } from '@rankforge/contracts';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatBytes } from '../../lib/format.js';
import { type Change, nameOf, partsOfChange } from './row-text.js';

interface WaysToFitProps {
  rows: readonly EstimateRow[];
  budget: number;
  /** Asks again with a change; absent: changes are shown alone. */
  onChange?: ((change: Change) => void) | undefined;
}

export function WaysToFit({ rows, budget, onChange }: WaysToFitProps) {
  const without = rows.filter(({ changes }) => changes?.length === 0).map(nameOf);
  const ways = rows.flatMap((row) => (row.changes ?? []).map((change) => ({ row: nameOf(row), change })));
  if (ways.length === 0 && without.length === 0) return null;
  const atMost = rows.some(({ torch }) => torch) ? 'Reserved at most' : 'Peak';
  return (
    <Stack gap={4}>
      <Title order={3}>Ways to make it fit</Title>
      {ways.length > 0 ? (
        <ScrollFrame label="Ways to make it fit">
          <Table miw={560} horizontalSpacing={10} highlightOnHover aria-label="Ways to make it fit">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Method</Table.Th>
                <Table.Th>With</Table.Th>
                <Table.Th>Costs</Table.Th>
                <Table.Th className="rf-number">{atMost}</Table.Th>
                <Table.Th className="rf-number">Left</Table.Th>
                {onChange ? <Table.Th aria-label="Ask" /> : null}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ways.map(({ row, change }) => (
                <Way key={`${row} ${JSON.stringify(change)}`} {...{ row, change, budget, onChange }} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollFrame>
      ) : null}
      {without.length > 0 ? (
        <Text size="sm">
          {without.join(', ')}: no smaller batch, rank or sequence fits, even with checkpointing, a base of 4 bits and
          more cards where they can be shared.
        </Text>
      ) : null}
    </Stack>
  );
}

interface WayProps extends Pick<WaysToFitProps, 'budget' | 'onChange'> {
  row: string;
  change: Change;
}

function Way({ row, change, budget, onChange }: WayProps) {
  const parts = partsOfChange(change);
  const text = parts.map(({ part }) => part).join(', ');
  return (
    <Table.Tr>
      <Table.Td fw={600} style={{ whiteSpace: 'nowrap' }}>
        {row}
      </Table.Td>
      <Table.Td>{text}</Table.Td>
      <Table.Td c="dimmed">{[...new Set(parts.map(({ cost }) => cost))].join(', ')}</Table.Td>
      <Table.Td className="rf-number">{formatBytes(change.total)}</Table.Td>
      <Table.Td className="rf-number">{formatBytes(budget - change.total)}</Table.Td>
      {onChange ? (
        <Table.Td>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => onChange(change)}
            aria-label={`Ask for ${row} with ${text}`}
          >
            Ask
          </Button>
        </Table.Td>
      ) : null}
    </Table.Tr>
  );
}
