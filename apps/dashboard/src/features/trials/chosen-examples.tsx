/** @file Which share of the training split a recipe chose, and what the chosen examples are. */
import { Paper, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { TrialDetail } from '@rankforge/contracts';
import { formatInteger, formatPercent } from '../../lib/format.js';

/** Values of a field that are listed; the others are counted. */
const listed = 8;

export function ChosenExamples({ result }: { result: TrialDetail['result'] }) {
  const selection = result?.selection;
  if (!selection) return null;
  const { examples, of, shares } = selection;
  return (
    <Stack gap="sm">
      <Title order={2}>Chosen examples</Title>
      <Text size="sm">
        {formatInteger(examples.length)} of {formatInteger(of)} examples of the training split were trained on.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        {Object.entries(shares).map(([field, values]) => (
          <Shares key={field} field={field} values={values} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Shares({ field, values }: { field: string; values: Record<string, number> }) {
  const largest = Object.entries(values).sort(([, a], [, b]) => b - a);
  return (
    <Paper miw={0}>
      <Table aria-label={`Chosen examples by ${field}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{field}</Table.Th>
            <Table.Th className="rf-number">Share</Table.Th>
            <Table.Th w="40%" aria-hidden />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {largest.slice(0, listed).map(([value, share]) => (
            <Table.Tr key={value}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
              <Table.Td className="rf-number">{formatPercent(share)}</Table.Td>
              <Table.Td>
                <Progress value={100 * share} aria-hidden />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {largest.length > listed ? (
        <Text size="xs" c="dimmed">
          and {formatInteger(largest.length - listed)} more values
        </Text>
      ) : null}
    </Paper>
  );
}
