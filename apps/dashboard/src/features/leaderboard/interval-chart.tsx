import { Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  axisLimits,
  boardFileName,
  isScored,
  type Leaderboard,
  leadersOf,
  referencesInSight,
  scoreDecimals,
  scoreText,
} from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { drawWhiskers } from '../../components/chart/whiskers.js';
import { formatInteger, formatInterval, formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';

interface IntervalChartProps {
  board: Leaderboard;
  names: readonly string[];
  onSelect: (row: number) => void;
}

const rowHeight = 30;
/** A chart of more rows is taller than a browser can draw, and no longer read as one picture. */
const rowsAtMost = 100;

/** Means with their intervals, best on top, of the best rows; rows that cannot be told apart from the first stand out. */
export function IntervalChart({ board, names, onSelect }: IntervalChartProps) {
  const look = useChartLook();
  const wide = useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false });
  const scored = useMemo(
    () => board.rows.flatMap((row, index) => (isScored(row) ? [{ row, index, name: names[index]! }] : [])),
    [board, names],
  );
  const shown = useMemo(() => scored.slice(0, rowsAtMost), [scored]);
  const select = useMemo(
    () => (dataIndex: number) => {
      const entry = shown[dataIndex];
      if (entry) onSelect(entry.index);
    },
    [shown, onSelect],
  );

  const option = useMemo<EChartsOption>(() => {
    const decimals = scoreDecimals(shown.map(({ row }) => row));
    const accent = seriesStyle(0, look.scheme).color;
    const leaders = leadersOf(board);
    const whiskers = shown.map(({ row: { score, interval }, index }) => ({
      value: score,
      ends: interval,
      color: leaders.has(index) ? accent : look.muted,
    }));
    const references = referencesInSight(board).map(({ score }) => score);
    const ends = [...shown.flatMap(({ row }) => row.interval ?? [row.score]), ...references];
    const letters = shown.map(({ row }) => row.group ?? '');
    return {
      ...look.base,
      grid: { left: 8, right: 8, top: 4, bottom: 40, containLabel: true },
      xAxis: {
        type: 'value',
        ...axisLimits(ends, board.metric.range),
        ...look.axis(board.metric.name, { showMinLabel: false, showMaxLabel: false, formatter: formatTick }),
        nameGap: 26,
      },
      yAxis: [
        {
          type: 'category',
          inverse: true,
          data: shown.map(({ name }) => name),
          axisTick: { show: false },
          axisLine: { show: false },
          axisLabel: { color: look.text, fontSize: 13, interval: 0, width: wide ? 300 : 170, overflow: 'truncate' },
          splitLine: { show: true, lineStyle: { color: look.grid } },
        },
        {
          type: 'category',
          inverse: true,
          position: 'right',
          data: letters.map((letter, index) => `${letter}\u200b${index}`),
          axisTick: { show: false },
          axisLine: { show: false },
          axisLabel: {
            color: look.text,
            fontSize: 13,
            fontWeight: 600,
            interval: 0,
            formatter: (value: string) => value.split('\u200b')[0]!,
          },
        },
      ],
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const entry = shown[Array.isArray(params) ? 0 : params.dataIndex];
          if (!entry) return '';
          return tooltipHtml(entry.name, [
            { name: board.metric.name, value: scoreText(entry.row.score, decimals) },
            ...(entry.row.interval
              ? [{ name: '95 % interval', value: formatInterval(entry.row.interval, decimals) }]
              : []),
            { name: 'Group', value: entry.row.group ?? '–' },
            { name: 'Seeds', value: String(entry.row.seeds) },
          ]);
        },
      },
      series: [
        {
          type: 'custom',
          renderItem: drawWhiskers(whiskers, rowHeight),
          clip: false,
          data: shown.map(({ row }, index) => [row.score, index]),
          encode: { x: 0, y: 1 },
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: look.muted, type: 'dashed' },
            label: { show: false },
            data: references.map((score) => ({ xAxis: score })),
          },
        },
      ],
    };
  }, [board, shown, look, wide]);

  return (
    <>
      <Chart
        option={option}
        height={shown.length * rowHeight + 44}
        label={`Test ${board.metric.name} of ${shown.length} rows with 95 % intervals; the table below has the numbers`}
        onSelect={select}
        file={boardFileName(board, 'scores')}
      />
      {scored.length > shown.length ? (
        <Text size="sm" c="dimmed">
          The chart has the best {shown.length} of {formatInteger(scored.length)} rows; the table below has all.
        </Text>
      ) : null}
    </>
  );
}
