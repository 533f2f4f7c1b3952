import { contenderName, rankedBoards, type Standings } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { drawWhiskers } from '../../components/chart/whiskers.js';
import { seriesStyle } from '../../lib/palette.js';
import { leads } from './apart.js';
import { placeWhisker } from './place-whisker.js';

const rowHeight = 30;

/** Mean places, best on top. Whiskers are half the critical difference long: rows whose whiskers overlap are not told apart. */
export function PlacesChart({ standings }: { standings: Standings }) {
  const { rows } = standings;
  const look = useChartLook();
  const ranked = useMemo(
    () => rows.flatMap((row) => (row.meanPlace === null ? [] : [{ ...row, meanPlace: row.meanPlace }])),
    [rows],
  );
  const option = useMemo<EChartsOption>(() => {
    const whisker = (place: number) => placeWhisker(place, standings.test?.criticalDifference ?? 0, ranked.length);
    const ends = ranked.flatMap(({ meanPlace }) => whisker(meanPlace));
    const accent = seriesStyle(0, look.scheme).color;
    const best = ranked[0]?.meanPlace ?? 1;
    return {
      ...look.base,
      grid: { left: 8, right: 24, top: 4, bottom: 40, containLabel: true },
      xAxis: {
        type: 'value',
        min: 1,
        max: Math.max(...ends),
        ...look.axis('mean place', { showMinLabel: false, showMaxLabel: false }),
        nameGap: 26,
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: ranked.map(contenderName),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: { color: look.text, fontSize: 13, interval: 0, width: 170, overflow: 'truncate' },
        splitLine: { show: true, lineStyle: { color: look.grid } },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const row = ranked[Array.isArray(params) ? 0 : params.dataIndex];
          if (!row) return '';
          return tooltipHtml(contenderName(row), [
            { name: 'Mean place', value: row.meanPlace.toFixed(2) },
            { name: 'Group', value: row.group ?? '–' },
            ...standings.boards.map(({ task }, index) => ({
              name: task,
              value: String(row.cells[index]?.place ?? '–'),
            })),
          ]);
        },
      },
      series: [
        {
          type: 'custom',
          renderItem: drawWhiskers(
            ranked.map(({ meanPlace }) => ({
              value: meanPlace,
              ends: whisker(meanPlace),
              color: leads(standings, best, meanPlace) ? accent : look.muted,
            })),
            rowHeight,
          ),
          clip: false,
          data: ranked.map(({ meanPlace }, index) => [meanPlace, index]),
          encode: { x: 0, y: 1 },
        },
      ],
    };
  }, [ranked, standings, look]);
  return (
    <Chart
      option={option}
      height={ranked.length * rowHeight + 44}
      label={`Mean places of ${ranked.length} methods over ${rankedBoards(standings)} boards; the table below has the numbers`}
    />
  );
}
