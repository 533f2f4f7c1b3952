/** @file The picture of the bench of packs, drawn by ECharts without a browser. */
import { init } from 'echarts';

export interface PackPoint {
  count: number;
  trialsAnHour: Pair;
  hostMiB: Pair;
  deviceMiB: Pair;
}

interface Pair {
  packed: number;
  separate: number;
}

const panels = [
  { title: 'Trials an hour of one core', of: ({ trialsAnHour }: PackPoint) => trialsAnHour },
  { title: 'Host memory, MiB', of: ({ hostMiB }: PackPoint) => hostMiB },
  { title: 'Device memory, MiB', of: ({ deviceMiB }: PackPoint) => deviceMiB },
];
const ways = [
  { name: 'in a process each', color: '#8a8f98', of: ({ separate }: Pair) => separate },
  { name: 'packed', color: '#1c7ed6', of: ({ packed }: Pair) => packed },
];
const [width, height, panelWidth] = [960, 330, 240];

/** An SVG with a panel for each figure over the number of trials. */
export function packsPicture(points: readonly PackPoint[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const left = (index: number) => 55 + index * (panelWidth + 75);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    legend: { data: ways.map(({ name }) => name), bottom: 4 },
    title: panels.map(({ title }, index) => ({
      text: title,
      left: left(index) - 40,
      top: 8,
      textStyle: { fontSize: 14 },
    })),
    grid: panels.map((_, index) => ({ left: left(index), width: panelWidth, top: 48, bottom: 72 })),
    xAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: points.map(({ count }) => String(count)),
      name: 'trials at once',
      nameLocation: 'middle',
      nameGap: 26,
    })),
    yAxis: panels.map((_, gridIndex) => ({ gridIndex, type: 'value', min: 0 })),
    series: panels.flatMap((panel, index) =>
      ways.map((way) => ({
        name: way.name,
        type: 'bar',
        xAxisIndex: index,
        yAxisIndex: index,
        itemStyle: { color: way.color },
        data: points.map((point) => way.of(panel.of(point))),
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
