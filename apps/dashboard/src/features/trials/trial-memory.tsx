import { Paper, Stack, Table, Text } from '@mantine/core';
import { MIB, memoryParts, type TrialDetail } from '@rankforge/contracts';
import { MemoryBar, MemoryLegend, memoryScale } from '../../components/memory-bar.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatBytes, formatInteger, formatMiB } from '../../lib/format.js';
import { partLabels } from '../../lib/palette.js';

export function TrialMemory({ trial }: { trial: TrialDetail }) {
  const { predicted, measured, memoryBudgetMiB } = trial;
  const largest = Math.max(predicted.total, measured?.total ?? 0);
  const scaleBytes = memoryScale(largest, [memoryBudgetMiB]);
  return (
    <Paper>
      <Stack gap="md">
        <div
          style={{
            display: 'grid',
            gridTemplateColumns: 'max-content 1fr max-content',
            gap: '8px 14px',
            alignItems: 'center',
          }}
        >
          <Text size="sm">Predicted</Text>
          <MemoryBar memory={predicted} budgetsMiB={[memoryBudgetMiB]} scaleBytes={scaleBytes} label="Predicted" />
          <Text size="sm" className="rf-numbers" ta="right">
            {formatBytes(predicted.total)}
          </Text>
          <Text size="sm">Measured</Text>
          {measured ? (
            <MemoryBar memory={measured} budgetsMiB={[memoryBudgetMiB]} scaleBytes={scaleBytes} label="Measured" />
          ) : (
            <Text size="sm" c="dimmed">
              not measured
            </Text>
          )}
          <Text size="sm" className="rf-numbers" ta="right">
            {formatBytes(measured?.total)}
          </Text>
        </div>
        <MemoryLegend />
        {memoryBudgetMiB * MIB > scaleBytes ? (
          <Text size="sm" c="dimmed">
            The budget of {formatMiB(memoryBudgetMiB)} lies beyond the bars:{' '}
            {formatInteger((memoryBudgetMiB * MIB) / largest)} times the peak.
          </Text>
        ) : null}
        <ScrollFrame label="Memory by part, in numbers" withBorder={false}>
          <Table miw={420} maw={720} aria-label="Memory by part">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Part</Table.Th>
                <Table.Th className="rf-number">Predicted</Table.Th>
                <Table.Th className="rf-number">Measured</Table.Th>
                <Table.Th className="rf-number">Measured − predicted</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {[...memoryParts, 'total' as const].map((part) => (
                <Table.Tr key={part} fw={part === 'total' ? 600 : undefined}>
                  <Table.Td>{part === 'total' ? 'Total' : partLabels[part]}</Table.Td>
                  <Table.Td className="rf-number">{formatBytes(predicted[part])}</Table.Td>
                  <Table.Td className="rf-number">{formatBytes(measured?.[part])}</Table.Td>
                  <Table.Td className="rf-number">
                    {measured ? difference(predicted[part], measured[part]) : '–'}
                  </Table.Td>
                </Table.Tr>
              ))}
              <Table.Tr>
                <Table.Td>Budget</Table.Td>
                <Table.Td className="rf-number">{formatMiB(memoryBudgetMiB)}</Table.Td>
                <Table.Td />
                <Table.Td />
              </Table.Tr>
            </Table.Tbody>
          </Table>
        </ScrollFrame>
      </Stack>
    </Paper>
  );
}

function difference(predicted: number, measured: number): string {
  if (predicted === measured) return '0';
  const sign = measured > predicted ? '+' : '−';
  const share = predicted === 0 ? '' : ` (${sign}${((Math.abs(measured - predicted) / predicted) * 100).toFixed(1)} %)`;
  return `${sign}${formatBytes(Math.abs(measured - predicted))}${share}`;
}
