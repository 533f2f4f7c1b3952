/** @file Places of attacked documents before and after the attack, a line for each pair of places. */
import type { PlacesPage } from '@rankforge/contracts';
import type { CustomSeriesRenderItem, EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { fontFamily, useChartLook } from '../../components/chart/use-chart-look.js';
import { formatInteger } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { atPlaces, documentsOf, lastPlace } from './places.js';

type Moves = PlacesPage['moves'];

/** Widths of the line of a single document, and of one that all documents make together. */
const [thinnest, widest] = [1, 18];

const named = (documents: number) => `${formatInteger(documents)} document${documents === 1 ? '' : 's'}`;

export function PlaceMoves({ moves, height }: { moves: Moves; height: number }) {
  const look = useChartLook();
  const option = useMemo<EChartsOption>(() => {
    const all = documentsOf(moves);
    const last = lastPlace(moves);
    const color = ({ before, after }: Moves[number]) =>
      after === before ? look.muted : seriesStyle(after < before ? 0 : 1, look.scheme).color;
    const ends = [atPlaces(moves, 'before'), atPlaces(moves, 'after')].flatMap((places, side) =>
      places.map((at) => ({ ...at, side })),
    );
    const drawMove: CustomSeriesRenderItem = (params, api) => {
      const move = moves[params.dataIndex]!;
      const [x1 = 0, y1 = 0] = api.coord([0, move.before]);
      const [x2 = 0, y2 = 0] = api.coord([1, move.after]);
      const lineWidth = thinnest + (widest - thinnest) * (move.documents / all);
      return {
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: color(move), lineWidth, opacity: 0.65, lineCap: 'round' },
      };
    };
    const drawEnd: CustomSeriesRenderItem = (params, api) => {
      const { side, place, documents } = ends[params.dataIndex]!;
      const [cx = 0, cy = 0] = api.coord([side, place]);
      const outwards = side === 0 ? -1 : 1;
      return {
        type: 'group',
        children: [
          { type: 'circle', shape: { cx, cy, r: 3.5 }, style: { fill: look.text } },
          {
            type: 'text',
            style: {
              text: named(documents),
              x: cx + 14 * outwards,
              y: cy,
              align: outwards < 0 ? 'right' : 'left',
              verticalAlign: 'middle',
              fill: look.text,
              font: `11px ${fontFamily}`,
            },
          },
        ],
      };
    };
    return {
      ...look.base,
      grid: { left: 48, right: 8, top: 12, bottom: 40 },
      xAxis: {
        type: 'category',
        data: ['Before the attack', 'After'],
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: look.text, fontSize: 12, interval: 0, margin: 18 },
      },
      yAxis: { type: 'value', inverse: true, min: 1, max: last, minInterval: 1, ...look.axis('Place'), nameGap: 30 },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const { seriesIndex, dataIndex } = params as { seriesIndex: number; dataIndex: number };
          const move = seriesIndex === 0 ? moves[dataIndex] : undefined;
          if (move) {
            return tooltipHtml(`From place ${move.before} to ${move.after}`, [
              { name: named(move.documents), value: '', color: color(move) },
            ]);
          }
          const { place, documents, side } = ends[dataIndex]!;
          return tooltipHtml(`Place ${place} ${side === 0 ? 'before' : 'after'}`, [
            { name: named(documents), value: '' },
          ]);
        },
      },
      series: [
        { type: 'custom', renderItem: drawMove, clip: false, data: moves.map(({ before }) => [0, before]) },
        { type: 'custom', renderItem: drawEnd, clip: false, data: ends.map(({ side, place }) => [side, place]) },
      ],
    };
  }, [moves, look]);
  const all = documentsOf(moves);
  return <Chart option={option} height={height} label={`Places of ${named(all)} before and after the attack`} />;
}
