/** @file The picture of one model's peak under all options that lower it, drawn by ECharts without a browser. */
import { MIB } from '@rankforge/contracts';
import type { MemoryParts } from '@rankforge/peft';
import { init } from 'echarts';

export interface LowerMemoryBar {
  label: string;
  settings: readonly string[];
  /** Bytes at the peak. */
  predicted: number;
  measured: MemoryParts;
}

const parts = [
  { name: 'weights', color: '#5b5b66', of: ({ weights }: MemoryParts) => weights },
  {
    name: 'adapters, gradients and optimizer state',
    color: '#d55e00',
    of: ({ adapters, gradients, optimizer }: MemoryParts) => adapters + gradients + optimizer,
  },
  { name: 'activations', color: '#008a63', of: ({ activations }: MemoryParts) => activations },
  { name: 'workspace', color: '#c98500', of: ({ workspace }: MemoryParts) => workspace },
];
const [width, rowHeight, besides] = [960, 24, 110];

/** An SVG with a bar of parts for each way, the largest first: as measured, with a mark where the prediction is. */
export function lowerMemoryPicture(bars: readonly LowerMemoryBar[]): string {
  const rows = bars.toSorted((a, b) => b.measured.total - a.measured.total);
  const height = rows.length * rowHeight + besides;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const mebibytes = (bytes: number) => Number((bytes / MIB).toFixed(2));
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: 'Bytes at the peak of a step, MiB', left: 12, top: 8, textStyle: { fontSize: 14 } },
    legend: { data: [...parts.map(({ name }) => name), 'predicted'], bottom: 8 },
    grid: { left: 320, right: 70, top: 40, bottom: 60 },
    xAxis: { type: 'value', min: 0 },
    yAxis: { type: 'category', inverse: true, data: rows.map(({ label }) => label), axisTick: { show: false } },
    series: [
      ...parts.map(({ name, color, of }, index) => ({
        name,
        type: 'bar',
        stack: 'measured',
        barWidth: 14,
        itemStyle: { color },
        label: {
          show: index === parts.length - 1,
          position: 'right',
          distance: 12,
          formatter: ({ dataIndex }: { dataIndex: number }) => mebibytes(rows[dataIndex]!.measured.total).toFixed(1),
        },
        data: rows.map(({ measured }) => mebibytes(of(measured))),
      })),
      {
        name: 'predicted',
        type: 'scatter',
        symbol: 'rect',
        symbolSize: [3, 20],
        itemStyle: { color: '#0072b2' },
        data: rows.map(({ predicted }) => mebibytes(predicted)),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
