/** @file How much each place of a list is looked at, as a training from clicks found it, beside the truth of the simulation. */
import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { TrialDetail } from '@rankforge/contracts';
import { RankCurves } from '../../components/chart/rank-curves.js';
import { NumberTable } from '../../components/number-table.js';
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
        <NumberTable
          label="Propensities"
          columns={['Place', 'Learned', 'True', 'Error']}
          rows={found.estimated.map((learned, place) => [
            `${place + 1}`,
            learned.toFixed(3),
            found.true[place]!.toFixed(3),
            formatDeviation(learned / found.true[place]! - 1),
          ])}
        />
      </SimpleGrid>
    </Stack>
  );
}
