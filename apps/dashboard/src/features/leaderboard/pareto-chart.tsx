import type { Leaderboard, LeaderboardQuery } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { byteUnit, formatBytes, formatMetric, formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { isScored, peakBytes, rowNames } from './rows.js';

interface ParetoChartProps {
  board: Leaderboard;
  by: LeaderboardQuery['by'];
}

export function ParetoChart({ board, by }: ParetoChartProps) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const names = rowNames(board.rows, by);
    const points = board.rows.flatMap((row, index) => {
      const bytes = peakBytes(row);
      if (!isScored(row) || bytes === null) return [];
      return [{ name: names[index]!, bytes, score: row.score, pareto: row.pareto }];
    });
    const unit = byteUnit(Math.max(1, ...points.map(({ bytes }) => bytes)));
    const front = points.filter(({ pareto }) => pareto).toSorted((a, b) => a.bytes - b.bytes);
    const accent = seriesStyle(0, look.scheme).color;
    const labels = points.length <= 40;
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
        scale: true,
        inverse: board.metric.direction === 'minimize',
        ...look.axis(`${board.metric.name} (better upwards)`),
        nameGap: 48,
        axisLabel: { color: look.muted, fontSize: 11, formatter: formatTick },
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
          step: 'end',
          silent: true,
          tooltip: { show: false },
          showSymbol: false,
          lineStyle: { color: accent, width: 1.5, type: 'dashed' },
          data: front.map(({ bytes, score }) => [bytes / unit.bytes, score]),
        },
        {
          type: 'scatter',
          symbolSize: 11,
          data: points.map(({ name, bytes, score, pareto }) => ({
            name,
            value: [bytes / unit.bytes, score],
            symbol: 'circle',
            itemStyle: {
              color: pareto ? accent : look.surface,
              borderColor: pareto ? accent : look.muted,
              borderWidth: 1.8,
            },
            label: { color: pareto ? look.text : look.muted, fontWeight: pareto ? 600 : 400 },
          })),
          label: { show: labels, formatter: '{b}', position: 'right', fontSize: 11, distance: 6 },
          labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
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
