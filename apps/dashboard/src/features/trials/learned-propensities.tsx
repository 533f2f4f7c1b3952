/** @file How much each place of a list is looked at, as a training from clicks found it, beside the truth of the simulation. */
import { SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { TrialDetail } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo, useState } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { axisTooltip } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatDeviation } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';

type Propensities = NonNullable<NonNullable<TrialDetail['result']>['propensities']>;

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
        <PropensityCurves found={found} />
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

const learned = { name: 'learned', index: 0 };
const truth = { name: 'true', index: 1 };

function PropensityCurves({ found }: { found: Propensities }) {
  const look = useChartLook();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const option = useMemo<EChartsOption>(() => {
    const lines = [
      { ...learned, values: found.estimated },
      { ...truth, values: found.true },
    ].filter(({ name }) => !hidden.has(name));
    return {
      ...look.base,
      grid: { left: 56, right: 16, top: 12, bottom: 40 },
      xAxis: { type: 'value', min: 1, max: found.true.length, minInterval: 1, ...look.axis('Place'), nameGap: 24 },
      yAxis: { type: 'value', min: 0, ...look.axis('Over that of the first'), nameGap: 38 },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'axis',
        formatter: axisTooltip(
          (place) => `Place ${place}`,
          (value) => value.toFixed(3),
        ),
      },
      series: lines.map(({ name, index, values }) => {
        const { color, dash, symbol } = seriesStyle(index, look.scheme);
        return {
          type: 'line' as const,
          name,
          data: values.map((value, place) => [place + 1, value]),
          symbol,
          lineStyle: { color, width: 1.8, type: index === 0 ? ('solid' as const) : dash },
          itemStyle: { color },
        };
      }),
    };
  }, [found, hidden, look]);
  return (
    <Stack gap={4}>
      <SeriesLegend
        entries={[learned, truth].map(({ name, index }) => ({ ...seriesStyle(index, look.scheme), name }))}
        hidden={hidden}
        onChange={setHidden}
      />
      <Chart
        option={option}
        height={260}
        label={`Learned and true chances that ${found.true.length} places are looked at`}
      />
    </Stack>
  );
}
