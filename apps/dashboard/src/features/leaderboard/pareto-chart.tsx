import {
  type AnyMeasure,
  axisLimits,
  boardFileName,
  directionOf,
  endsOf,
  formatted,
  isScored,
  type Leaderboard,
} from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { drawPoints } from '../../components/chart/named-points.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { fontFamily, useChartLook } from '../../components/chart/use-chart-look.js';
import { byteUnit, formatMetric, formatTick } from '../../lib/format.js';
import { formats } from '../../lib/measure-formats.js';
import { seriesStyle } from '../../lib/palette.js';
import { costOf, inSentence } from './rows.js';

/** With more points than this, only those of the front have a name and an interval. */
const namedAtMost = 40;

/**
 * The line through the points of a front, by rising cost. A score is reached at its cost and at any worse one: the line goes on at it until the
 * next cost and changes there, or, where more of the cost is better, changes at its own cost and goes on at the next score.
 */
export function stepsOf(corners: readonly [number, number][], direction: 'minimize' | 'maximize'): [number, number][] {
  return corners.flatMap((corner, index): [number, number][] => {
    const next = corners[index + 1];
    if (!next) return [corner];
    return [corner, direction === 'minimize' ? [next[0], corner[1]] : [corner[0], next[1]]];
  });
}

interface ParetoChartProps {
  board: Leaderboard;
  names: readonly string[];
  cost: AnyMeasure;
}

export function ParetoChart({ board, names, cost }: ParetoChartProps) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const points = board.rows
      .flatMap((row, index) => {
        const amount = costOf(row, cost);
        if (!isScored(row) || amount === null) return [];
        const { score, interval, pareto } = row;
        return [{ name: names[index]!, amount, score, interval: interval ?? undefined, pareto }];
      })
      // Names of the front are placed first.
      .toSorted((a, b) => Number(b.pareto) - Number(a.pareto));
    const isNamed = (pareto: boolean) => pareto || points.length <= namedAtMost;
    const [, largest] = endsOf([1, ...points.map(({ amount }) => amount)]);
    const unit = cost.unit === 'bytes' ? byteUnit(largest) : { name: '', bytes: 1 };
    const front = points.filter(({ pareto }) => pareto).toSorted((a, b) => a.amount - b.amount);
    const corners = front.map(({ amount, score }): [number, number] => [amount / unit.bytes, score]);
    const steps = stepsOf(corners, directionOf(cost, board.metric.direction));
    const accent = seriesStyle(0, look.scheme).color;
    return {
      ...look.base,
      grid: { left: 66, right: 56, top: 18, bottom: 44 },
      xAxis: {
        type: 'value',
        scale: true,
        ...look.axis(unit.name ? `${cost.title} (${unit.name})` : cost.title, { formatter: formatTick }),
        nameGap: 28,
      },
      yAxis: {
        type: 'value',
        ...(points.length > 0
          ? axisLimits(
              points.flatMap((point) => (isNamed(point.pareto) ? (point.interval ?? [point.score]) : [point.score])),
              board.metric.range,
            )
          : {}),
        inverse: board.metric.direction === 'minimize',
        ...look.axis(`${board.metric.name} (better upwards)`, {
          showMinLabel: false,
          showMaxLabel: false,
          formatter: formatTick,
        }),
        nameGap: 48,
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          if (Array.isArray(params)) return '';
          const [amount, score] = params.value as [number, number];
          return tooltipHtml(params.name, [
            { name: board.metric.name, value: formatMetric(score) },
            { name: cost.title, value: formatted(amount * unit.bytes, cost.unit, formats) },
          ]);
        },
      },
      series: [
        {
          type: 'line',
          silent: true,
          tooltip: { show: false },
          showSymbol: false,
          lineStyle: { color: accent, width: 1.5, type: 'dashed' },
          data: steps,
        },
        {
          type: 'custom',
          renderItem: drawPoints(
            points.map(({ name, amount, score, interval, pareto }) => ({
              name: isNamed(pareto) ? name : '',
              ends: isNamed(pareto) ? interval : undefined,
              at: [amount / unit.bytes, score],
              fill: pareto ? accent : look.surface,
              stroke: pareto ? accent : look.muted,
              color: pareto ? look.text : look.muted,
              halo: look.surface,
              font: `${pareto ? 600 : 400} 11px ${fontFamily}`,
            })),
            steps,
          ),
          data: points.map(({ name, amount, score }) => ({ name, value: [amount / unit.bytes, score] })),
          encode: { x: 0, y: 1 },
        },
      ],
    };
  }, [board, names, cost, look]);
  return (
    <Chart
      option={option}
      height={400}
      file={boardFileName(board, cost.name)}
      label={`Test ${board.metric.name} against ${inSentence(cost.title)}, with 95 % intervals and the Pareto front`}
    />
  );
}
