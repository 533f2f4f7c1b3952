/** @file Lines of values by step, with their numbers. */

import { Stack } from '@mantine/core';
import { endsOf } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { LineNumbers } from '../../components/chart/line-numbers.js';
import { axisTooltip } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { axisUnit, metricFormat } from './metrics.js';

/** A series under the name that it is drawn with. */
export interface StepLine {
  label: string;
  metric: string;
  steps: readonly number[];
  values: readonly number[];
}

interface StepChartProps {
  title: string;
  /** Drawn in styles by their place. */
  lines: readonly StepLine[];
  /** Labels of lines that are not drawn. */
  hidden: ReadonlySet<string>;
  /** Horizontal lines to compare with. */
  marks?: readonly { name: string; value: number }[];
}

const noMarks: NonNullable<StepChartProps['marks']> = [];

const stepText = (step: number) => `Step ${step}`;

/** A chart of lines that share their unit, which is that of the first. */
export function StepChart({ title, lines, hidden, marks = noMarks }: StepChartProps) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const metric = lines[0]?.metric ?? '';
    const format = metricFormat(metric);
    const [, largest] = endsOf([...lines.flatMap(({ values }) => values), ...marks.map(({ value }) => value)]);
    const { divisor, unit } = axisUnit(metric, largest);
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
      series: lines.flatMap(({ label, steps, values }, index) => {
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
  }, [lines, marks, hidden, look]);

  return (
    <Stack gap={4}>
      <Chart option={option} height={230} label={`${title} by step; the numbers follow`} />
      <LineNumbers
        label={title}
        placeText={stepText}
        lines={lines.map(({ label, metric, steps, values }) => ({
          name: label,
          at: steps,
          values,
          format: metricFormat(metric),
        }))}
      />
    </Stack>
  );
}
