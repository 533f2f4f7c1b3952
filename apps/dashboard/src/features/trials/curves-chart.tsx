import { Stack, Text } from '@mantine/core';
import { axisLimits, clamp, endsOf, type MetricView } from '@rankforge/contracts';
import type { CustomSeriesRenderItem, EChartsOption, LineSeriesOption, SeriesOption } from 'echarts/types/dist/shared';
import { useMemo, useState } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { LineNumbers } from '../../components/chart/line-numbers.js';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { axisTooltip } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { formatInteger, formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { type CurveGroup, onGrid, smooth } from './curves.js';
import { axisUnit, metricFormat, metricLabel } from './metrics.js';

interface CurvesChartProps {
  /** The first of them are drawn where there are very many. */
  groups: CurveGroup[];
  metric: string;
  /** Values that the metric can have: bands and axis stay inside. */
  range: MetricView['range'];
  smoothing: number;
  eachRun: boolean;
  logScale: boolean;
  /** The horizontal axis. */
  by: CurvesBy;
}

export type CurvesBy = 'step' | 'traffic';

const horizontal: Record<CurvesBy, { title: string; of(at: number): string }> = {
  step: { title: 'Step', of: (at) => `Step ${at}` },
  traffic: { title: 'KiB sent in rounds, in both directions', of: (at) => `${at} KiB sent in rounds` },
};

/** Above this many points in all, single runs are left out: they could not be told apart. */
const mostRuns = 400;

/** Up to this many points of a line have a symbol: the ends of rungs lie far from each other. */
const fewPoints = 8;

/** More lines than this could not be told apart, and their legend would fill the window. */
const linesAtMost = 60;

/** Above this many lines no bands are drawn: they would cover the lines. */
export const mostBands = 8;

export function CurvesChart({ groups: all, metric, range, smoothing, eachRun, logScale, by }: CurvesChartProps) {
  const look = useChartLook();
  const groups = useMemo(() => all.slice(0, linesAtMost), [all]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());

  const option = useMemo<EChartsOption>(() => {
    const format = metricFormat(metric);
    const { divisor, unit } = axisUnit(metric, endsOf(groups.flatMap(({ mean }) => mean))[1]);
    const scaled = (values: readonly number[]) => smooth(values, smoothing).map((value) => value / divisor);
    const inside = (values: readonly number[]) => values.map((value) => clamp(value, range));
    const reached: number[][] = [];
    const banded = !eachRun && groups.filter(({ name }) => !hidden.has(name)).length <= mostBands;
    const series: SeriesOption[] = groups.flatMap((group, index) => {
      if (hidden.has(group.name)) return [];
      const style = seriesStyle(index, look.scheme);
      const mean = scaled(group.mean);
      const deviation = banded && group.curves.length > 1 ? scaled(group.deviation) : mean.map(() => 0);
      // A band ends at the line where it would reach 0, which a logarithm has no place for.
      const least = (value: number, point: number) => (logScale && value <= 0 ? mean[point]! : value);
      const lower = inside(mean.map((value, point) => least(value - deviation[point]!, point)));
      const upper = inside(mean.map((value, point) => value + deviation[point]!));
      reached.push(lower, upper);
      const runs =
        eachRun && group.curves.length <= mostRuns ? group.curves.map((curve) => onGrid(curve, group.steps)) : [];
      return [
        ...(group.curves.length > 1 && banded ? [band(group.steps, lower, upper, style.color)] : []),
        ...runs.map(
          ({ steps, values }): LineSeriesOption => ({
            type: 'line',
            data: scaled(values).map((value, point) => [steps[point]!, value]),
            showSymbol: values.length === 1,
            silent: true,
            lineStyle: { color: style.color, width: 1, opacity: 0.35 },
            tooltip: { show: false },
          }),
        ),
        {
          type: 'line',
          id: group.name,
          name: group.name,
          data: mean.map((value, point) => [group.steps[point]!, value, group.mean[point]! / divisor]),
          showSymbol: mean.length <= fewPoints,
          symbol: style.symbol,
          symbolSize: 7,
          lineStyle: { color: style.color, width: 2, type: style.dash },
          itemStyle: { color: style.color },
          z: 5,
        },
      ];
    });
    const bounded = range.some((end) => end !== null);
    return {
      ...look.base,
      grid: { left: 62, right: 16, top: 12, bottom: 44 },
      xAxis: {
        type: 'value',
        min: 'dataMin',
        max: 'dataMax',
        ...look.axis(horizontal[by].title),
        nameGap: 28,
        splitLine: { show: false },
      },
      yAxis: {
        type: logScale ? 'log' : 'value',
        scale: true,
        ...(bounded && !logScale && reached.length > 0 ? axisLimits(reached.flat(), range) : {}),
        ...look.axis(unit ? `${metricLabel(metric)} (${unit})` : metricLabel(metric), { formatter: formatTick }),
        nameGap: 46,
      },
      dataZoom: [
        { type: 'inside', xAxisIndex: 0, filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false },
      ],
      tooltip: {
        ...look.base.tooltip,
        trigger: 'axis',
        formatter: axisTooltip(horizontal[by].of, (value) => format(value * divisor)),
      },
      series,
    };
  }, [groups, metric, range, smoothing, eachRun, logScale, by, hidden, look]);

  return (
    <Stack gap="sm">
      <SeriesLegend
        entries={groups.map(({ name, curves }, index) => ({
          name,
          count: curves.length,
          ...seriesStyle(index, look.scheme),
        }))}
        hidden={hidden}
        onChange={setHidden}
      />
      <Chart
        option={option}
        height={420}
        label={`${metricLabel(metric)} by ${by}, one line for each of ${groups.length} groups; the numbers follow`}
      />
      <LineNumbers
        label={`${metricLabel(metric)} before smoothing`}
        placeText={horizontal[by].of}
        lines={groups.map(({ name, steps, mean }) => ({ name, at: steps, values: mean, format: metricFormat(metric) }))}
      />
      {all.length > groups.length ? (
        <Text size="sm" c="dimmed">
          The chart has the first {groups.length} of {formatInteger(all.length)} groups; another grouping may have
          fewer.
        </Text>
      ) : null}
    </Stack>
  );
}

/** The area between two lines as one polygon. */
function band(steps: readonly number[], lower: number[], upper: number[], color: string): SeriesOption {
  const at = (value: number, index: number) => [steps[index]!, value] as const;
  const outline = [...lower.map(at), ...upper.map(at).toReversed()];
  const renderItem: CustomSeriesRenderItem = (params, api) => {
    if (params.dataIndex > 0) return null;
    return {
      type: 'polygon',
      shape: { points: outline.map(([step, value]) => api.coord([step, value])) },
      style: { fill: color, opacity: 0.14 },
      silent: true,
    };
  };
  const [least, largest] = endsOf(outline.map(([, value]) => value));
  return {
    type: 'custom',
    renderItem,
    clip: true,
    silent: true,
    tooltip: { show: false },
    data: [
      [steps[0]!, least],
      [steps.at(-1)!, largest],
    ],
  };
}
