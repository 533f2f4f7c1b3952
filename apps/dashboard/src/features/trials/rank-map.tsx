import { Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { MetricSeries } from '@rankforge/contracts';
import type { CustomSeriesRenderItem, EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { shade } from '../../lib/palette.js';
import { ranksByLayer } from './ranks.js';

const rowHeight = 18;

/** Layers by steps, coloured by the layer's rank at the step. */
export function RankMap({ series, lastStep }: { series: readonly MetricSeries[]; lastStep: number }) {
  const look = useChartLook();
  const rows = useMemo(() => ranksByLayer(series, lastStep), [series, lastStep]);
  const largest = Math.max(1, ...rows.flatMap(({ runs }) => runs.map(({ rank }) => rank)));

  const option = useMemo<EChartsOption>(() => {
    const runs = rows.flatMap(({ layer, runs }, row) => runs.map((run) => ({ ...run, layer, row })));
    const renderItem: CustomSeriesRenderItem = (params, api) => {
      const { from, to, row, rank } = runs[params.dataIndex]!;
      const [left = 0, middle = 0] = api.coord([from, row]);
      const [right = 0] = api.coord([to, row]);
      return {
        type: 'rect',
        shape: { x: left, y: middle - rowHeight / 2 + 1, width: Math.max(1, right - left), height: rowHeight - 2 },
        style: { fill: shade(rank / largest, look.scheme) },
      };
    };
    return {
      ...look.base,
      grid: {
        left: 8,
        right: 16,
        top: 8,
        bottom: 40,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      xAxis: {
        type: 'value',
        min: Math.min(...runs.map(({ from }) => from)),
        max: Math.max(...runs.map(({ to }) => to)),
        ...look.axis('Step'),
        nameGap: 24,
        splitLine: { show: false },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ layer }) => layer),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: look.muted, fontSize: 11, interval: 0 },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const { from, to, layer, rank } = runs[(params as { dataIndex: number }).dataIndex]!;
          const name = to - from === 1 ? `Step ${from}` : `Steps ${from} to ${to - 1}`;
          return tooltipHtml(layer, [{ name, value: `rank ${rank}`, color: shade(rank / largest, look.scheme) }]);
        },
      },
      series: [{ type: 'custom', renderItem, clip: true, data: runs.map(({ from, row }) => [from, row]) }],
    };
  }, [rows, largest, look]);

  return (
    <Stack gap={4}>
      <Group gap="xs" justify="flex-end">
        <Text size="xs" c="dimmed">
          rank 0
        </Text>
        <span
          aria-hidden
          style={{
            width: 120,
            height: 10,
            background: `linear-gradient(to right, ${shade(0, look.scheme)}, ${shade(1, look.scheme)})`,
          }}
        />
        <Text size="xs" c="dimmed">
          rank {largest}
        </Text>
      </Group>
      <Chart option={option} height={rows.length * rowHeight + 56} label={`Rank of ${rows.length} layers by step`} />
      <VisuallyHidden>
        <table>
          <caption>Rank by layer</caption>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">First</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ layer, runs }) => (
              <tr key={layer}>
                <th scope="row">{layer}</th>
                <td>{runs[0]!.rank}</td>
                <td>{runs.at(-1)!.rank}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </Stack>
  );
}
