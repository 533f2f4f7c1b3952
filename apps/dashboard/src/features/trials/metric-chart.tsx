import { Stack } from '@mantine/core';
import type { MetricSeries } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo, useState } from 'react';
import { endsOf } from '../../components/chart/axis-limits.js';
import { Chart } from '../../components/chart/chart.js';
import { LineNumbers } from '../../components/chart/line-numbers.js';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { axisTooltip } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { axisUnit, metricFormat, metricLabel } from './metrics.js';

interface MetricChartProps {
  series: MetricSeries[];
  /** Horizontal lines to compare with. */
  marks: readonly { name: string; value: number }[];
}

const stepText = (step: number) => `Step ${step}`;

export function MetricChart({ series, marks }: MetricChartProps) {
  const look = useChartLook();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const title = series.map(({ name }) => metricLabel(name)).join(', ');
  const option = useMemo<EChartsOption>(() => {
    const format = metricFormat(series[0]?.name ?? '');
    const [, largest] = endsOf([...series.flatMap(({ values }) => values), ...marks.map(({ value }) => value)]);
    const { divisor, unit } = axisUnit(series[0]?.name ?? '', largest);
    return {
      ...look.base,
      grid: { left: 66, right: 16, top: 12, bottom: 40 },
      xAxis: {
        type: 'value',
        min: 'dataMin',
        max: 'dataMax',
        ...look.axis('Step'),
        nameGap: 24,
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        scale: marks.length === 0,
        ...(marks.length > 0 ? { max: (largest / divisor) * 1.1 } : {}),
        ...look.axis(unit, { showMaxLabel: marks.length === 0, formatter: formatTick }),
        nameGap: 44,
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'axis',
        formatter: axisTooltip(stepText, (value) => format(value * divisor)),
      },
      series: series.flatMap(({ name, steps, values }, index) => {
        const label = metricLabel(name);
        if (hidden.has(label)) return [];
        const style = seriesStyle(index, look.scheme);
        return {
          type: 'line' as const,
          id: label,
          name: label,
          data: steps.map((step, point) => [step, values[point]! / divisor]),
          showSymbol: steps.length < 3,
          symbol: style.symbol,
          lineStyle: { color: style.color, width: 1.8, type: style.dash },
          itemStyle: { color: style.color },
          ...(index === 0 && marks.length > 0
            ? {
                markLine: {
                  symbol: 'none',
                  silent: true,
                  label: { position: 'insideStartTop' as const, color: look.muted, formatter: '{b}', fontSize: 11 },
                  lineStyle: { color: look.muted, type: 'dashed' as const },
                  data: marks.map((mark) => ({ name: mark.name, yAxis: mark.value / divisor })),
                },
              }
            : {}),
        };
      }),
    };
  }, [series, marks, hidden, look]);

  return (
    <Stack gap={4}>
      {series.length > 1 ? (
        <SeriesLegend
          entries={series.map(({ name }, index) => ({ ...seriesStyle(index, look.scheme), name: metricLabel(name) }))}
          hidden={hidden}
          onChange={setHidden}
        />
      ) : null}
      <Chart option={option} height={230} label={`${title} by step; the numbers follow`} />
      <LineNumbers
        label={title}
        placeText={stepText}
        lines={series.map(({ name, steps, values }) => ({
          name: metricLabel(name),
          at: steps,
          values,
          format: metricFormat(name),
        }))}
      />
    </Stack>
  );
}
