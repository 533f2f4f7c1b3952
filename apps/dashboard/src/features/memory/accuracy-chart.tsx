import type { MemoryAccuracy } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { drawWhiskers } from '../../components/chart/whiskers.js';
import { formatInteger } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { formatOff } from './off.js';

const rowHeight = 28;

/** Measured / predicted of each method and engine, on the band within which a prediction counts as right. */
export function AccuracyChart({ accuracy: { rows, tolerance } }: { accuracy: MemoryAccuracy }) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const several = new Set(rows.map(({ engine }) => engine)).size > 1;
    const name = (row: MemoryAccuracy['rows'][number]) => (several ? `${row.method} · ${row.engine}` : row.method);
    const fine = seriesStyle(0, look.scheme).color;
    const off = seriesStyle(1, look.scheme).color;
    const reach = Math.max(2 * tolerance, ...rows.flatMap(({ smallest, largest }) => [1 - smallest, largest - 1]));
    return {
      ...look.base,
      grid: { left: 8, right: 24, top: 4, bottom: 40, containLabel: true },
      xAxis: {
        type: 'value',
        min: 1 - reach * 1.05,
        max: 1 + reach * 1.05,
        ...look.axis('measured against predicted'),
        nameGap: 26,
        axisLabel: {
          color: look.muted,
          fontSize: 11,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (value: number) => formatOff(value),
        },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(name),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: { color: look.text, fontSize: 13, interval: 0, width: 170, overflow: 'truncate' },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const row = rows[Array.isArray(params) ? 0 : params.dataIndex];
          if (!row) return '';
          return tooltipHtml(name(row), [
            { name: 'Median', value: formatOff(row.median) },
            { name: 'Range', value: `${formatOff(row.smallest)} … ${formatOff(row.largest)}` },
            { name: 'Trainings', value: formatInteger(row.trainings) },
          ]);
        },
      },
      series: [
        {
          type: 'custom',
          renderItem: drawWhiskers(
            rows.map((row) => ({
              value: row.median,
              ends: [row.smallest, row.largest] as const,
              color: row.off ? off : fine,
            })),
            rowHeight,
          ),
          data: rows.map(({ median }, index) => [median, index]),
          encode: { x: 0, y: 1 },
          markArea: {
            silent: true,
            itemStyle: { color: look.grid, opacity: 0.6 },
            data: [[{ xAxis: 1 - tolerance }, { xAxis: 1 + tolerance }]],
          },
        },
      ],
    };
  }, [rows, tolerance, look]);
  return (
    <Chart
      option={option}
      height={rows.length * rowHeight + 48}
      label={`Measured against predicted memory of ${rows.length} methods; the table below has the numbers`}
    />
  );
}
