/** @file Lines over places from 1: one value for each place of an order. */
import { Stack } from '@mantine/core';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo, useState } from 'react';
import { seriesStyle } from '../../lib/palette.js';
import { Chart } from './chart.js';
import { SeriesLegend } from './series-legend.js';
import { axisTooltip } from './tooltip.js';
import { useChartLook } from './use-chart-look.js';

/** Up to so many places each value has a mark. */
const mostMarks = 30;

export interface RankCurve {
  name: string;
  /** At each place, from 1. */
  values: readonly number[];
}

interface RankCurvesProps {
  curves: readonly RankCurve[];
  /** Titles of the axes. */
  across: string;
  upwards: string;
  /** The chart in words, for those who do not see it. */
  label: string;
  height: number;
  /** The largest value that the axis shows. Omitted: as the values need. */
  most?: number;
  /** The same as that of a chart. */
  file?: string;
}

export function RankCurves({ curves, across, upwards, label, height, most, file }: RankCurvesProps) {
  const look = useChartLook();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const option = useMemo<EChartsOption>(() => {
    const longest = Math.max(1, ...curves.map(({ values }) => values.length));
    return {
      ...look.base,
      grid: { left: 56, right: 16, top: 12, bottom: 40 },
      xAxis: { type: 'value', min: 1, max: longest, minInterval: 1, ...look.axis(across), nameGap: 24 },
      yAxis: { type: 'value', min: 0, ...(most !== undefined && { max: most }), ...look.axis(upwards), nameGap: 38 },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'axis',
        formatter: axisTooltip(
          (place) => `${across} ${place}`,
          (value) => value.toFixed(3),
        ),
      },
      series: curves.flatMap(({ name, values }, index) => {
        if (hidden.has(name)) return [];
        const { color, dash, symbol } = seriesStyle(index, look.scheme);
        return [
          {
            type: 'line' as const,
            id: name,
            name,
            data: values.map((value, place) => [place + 1, value]),
            symbol,
            showSymbol: longest <= mostMarks,
            lineStyle: { color, width: 1.8, type: dash },
            itemStyle: { color },
          },
        ];
      }),
    };
  }, [curves, across, upwards, most, hidden, look]);
  return (
    <Stack gap={4}>
      {curves.length > 1 ? (
        <SeriesLegend
          entries={curves.map(({ name }, index) => ({ ...seriesStyle(index, look.scheme), name }))}
          hidden={hidden}
          onChange={setHidden}
        />
      ) : null}
      <Chart option={option} height={height} label={label} {...(file !== undefined && { file })} />
    </Stack>
  );
}
