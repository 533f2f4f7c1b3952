/** @file How much each place of a list is looked at, as a training from clicks found it, beside the truth of the simulation. */
import { SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { TrialDetail } from '@rankforge/contracts';
import { RankCurves } from '../../components/chart/rank-curves.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatDeviation } from '../../lib/format.js';

export function LearnedPropensities({ result }: { result: TrialDetail['result'] }) {
  const found = result?.propensities;
  if (!found) return null;
  return (
    <Stack gap="sm">
      <Title order={2}>Places that are looked at</Title>
      <Text size="sm">
        Chance that a place is looked at, over that of the first, as it was learned from clicks and as they were
        simulated.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <RankCurves
          curves={[
            { name: 'learned', values: found.estimated },
            { name: 'true', values: found.true },
          ]}
          across="Place"
          upwards="Over that of the first"
          height={260}
          label={`Learned and true chances that ${found.true.length} places are looked at`}
        />
        <ScrollFrame label="Propensities">
          <Table aria-label="Propensities">
            <Table.Thead>
              <Table.Tr>
                <Table.Th className="rf-number">Place</Table.Th>
                <Table.Th className="rf-number">Learned</Table.Th>
                <Table.Th className="rf-number">True</Table.Th>
                <Table.Th className="rf-number">Error</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.estimated.map((learned, place) => (
                <Table.Tr key={place}>
                  <Table.Td className="rf-number">{place + 1}</Table.Td>
                  <Table.Td className="rf-number">{learned.toFixed(3)}</Table.Td>
                  <Table.Td className="rf-number">{found.true[place]!.toFixed(3)}</Table.Td>
                  <Table.Td className="rf-number">{formatDeviation(learned / found.true[place]! - 1)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollFrame>
      </SimpleGrid>
    </Stack>
  );
}
