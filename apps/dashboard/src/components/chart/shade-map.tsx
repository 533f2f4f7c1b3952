/** @file Rows of cells, each coloured by how large its value is: what happened where, and when. */
import { Group, Stack, Text } from '@mantine/core';
import type { CustomSeriesRenderItem, EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { shade } from '../../lib/palette.js';
import { Chart } from './chart.js';
import { tooltipHtml } from './tooltip.js';
import { useChartLook } from './use-chart-look.js';

const rowHeight = 18;

export interface ShadeCell {
  /** Places on the axis, `to` without its own. */
  from: number;
  to: number;
  value: number;
  /** Lines of the tooltip below the name of the row. */
  said: readonly { name: string; value: string }[];
}

export interface ShadeRow {
  name: string;
  cells: readonly ShadeCell[];
}

interface ShadeMapProps {
  rows: readonly ShadeRow[];
  axis: string;
  /** The chart in words, for those who do not see it. */
  label: string;
  /** The largest value: that of the strongest colour. */
  most: number;
  /** A value as the scale names it. */
  named(value: number): string;
}

export function ShadeMap({ rows, axis, label, most, named }: ShadeMapProps) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const cells = rows.flatMap(({ name, cells }, row) => cells.map((cell) => ({ ...cell, name, row })));
    const renderItem: CustomSeriesRenderItem = (params, api) => {
      const { from, to, row, value } = cells[params.dataIndex]!;
      const [left = 0, middle = 0] = api.coord([from - 0.5, row]);
      const [right = 0] = api.coord([to - 0.5, row]);
      return {
        type: 'rect',
        shape: { x: left, y: middle - rowHeight / 2 + 1, width: Math.max(1, right - left - 1), height: rowHeight - 2 },
        style: { fill: shade(value / most, look.scheme) },
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
        // A cell has its place in its middle, where the number stands; the ends of the axis are none.
        min: cells.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY) - 0.5,
        max: cells.reduce((most, { to }) => Math.max(most, to), 0) - 0.5,
        minInterval: 1,
        ...look.axis(axis, { showMinLabel: false, showMaxLabel: false }),
        nameGap: 24,
        splitLine: { show: false },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name }) => name),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: look.muted, fontSize: 11, interval: 0 },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const { name, value, said } = cells[(params as { dataIndex: number }).dataIndex]!;
          const [first, ...others] = said;
          return tooltipHtml(name, [{ ...first!, color: shade(value / most, look.scheme) }, ...others]);
        },
      },
      series: [{ type: 'custom', renderItem, clip: true, data: cells.map(({ from, row }) => [from, row]) }],
    };
  }, [rows, axis, most, look]);

  return (
    <Stack gap={4}>
      <Group gap="xs" justify="flex-end">
        <Text size="xs" c="dimmed">
          {named(0)}
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
          {named(most)}
        </Text>
      </Group>
      <Chart option={option} height={rows.length * rowHeight + 56} label={label} />
    </Stack>
  );
}
