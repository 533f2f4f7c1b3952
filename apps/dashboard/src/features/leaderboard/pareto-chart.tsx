import type { Leaderboard, LeaderboardQuery } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { axisLimits } from '../../components/chart/axis-limits.js';
import { Chart } from '../../components/chart/chart.js';
import { drawPoints } from '../../components/chart/named-points.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { fontFamily, useChartLook } from '../../components/chart/use-chart-look.js';
import { byteUnit, formatBytes, formatMetric, formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { isScored, peakBytes, rowNames } from './rows.js';

/** With more points than this, only those of the front are named. */
const namedAtMost = 40;

interface ParetoChartProps {
  board: Leaderboard;
  by: LeaderboardQuery['by'];
}

export function ParetoChart({ board, by }: ParetoChartProps) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const names = rowNames(board.rows, by);
    const points = board.rows
      .flatMap((row, index) => {
        const bytes = peakBytes(row);
        if (!isScored(row) || bytes === null) return [];
        return [{ name: names[index]!, bytes, score: row.score, pareto: row.pareto }];
      })
      // Names of the front are placed first.
      .toSorted((a, b) => Number(b.pareto) - Number(a.pareto));
    const unit = byteUnit(Math.max(1, ...points.map(({ bytes }) => bytes)));
    const front = points.filter(({ pareto }) => pareto).toSorted((a, b) => a.bytes - b.bytes);
    const corners = front.map(({ bytes, score }): [number, number] => [bytes / unit.bytes, score]);
    // The line goes on at a score until the memory of the next one, and changes there.
    const steps = corners.flatMap((corner, index): [number, number][] => {
      const next = corners[index + 1];
      return next ? [corner, [next[0], corner[1]]] : [corner];
    });
    const accent = seriesStyle(0, look.scheme).color;
    return {
      ...look.base,
      grid: { left: 66, right: 56, top: 18, bottom: 44 },
      xAxis: {
        type: 'value',
        scale: true,
        ...look.axis(`Peak memory (${unit.name})`),
        nameGap: 28,
        axisLabel: { color: look.muted, fontSize: 11, hideOverlap: true, formatter: formatTick },
      },
      yAxis: {
        type: 'value',
        ...(points.length > 0
          ? axisLimits(
              points.map(({ score }) => score),
              board.metric.range,
            )
          : {}),
        inverse: board.metric.direction === 'minimize',
        ...look.axis(`${board.metric.name} (better upwards)`),
        nameGap: 48,
        axisLabel: {
          color: look.muted,
          fontSize: 11,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: formatTick,
        },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          if (Array.isArray(params)) return '';
          const [bytes, score] = params.value as [number, number];
          return tooltipHtml(params.name, [
            { name: board.metric.name, value: formatMetric(score) },
            { name: 'Peak memory', value: formatBytes(bytes * unit.bytes) },
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
            points.map(({ name, bytes, score, pareto }) => ({
              name: pareto || points.length <= namedAtMost ? name : '',
              at: [bytes / unit.bytes, score],
              fill: pareto ? accent : look.surface,
              stroke: pareto ? accent : look.muted,
              color: pareto ? look.text : look.muted,
              font: `${pareto ? 600 : 400} 11px ${fontFamily}`,
            })),
            steps,
          ),
          data: points.map(({ name, bytes, score }) => ({ name, value: [bytes / unit.bytes, score] })),
          encode: { x: 0, y: 1 },
        },
      ],
    };
  }, [board, by, look]);
  return (
    <Chart
      option={option}
      height={400}
      label={`Test ${board.metric.name} against peak memory, with the Pareto front`}
    />
  );
}
