import { Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { importanceNotice, isTold, type SettingsImportance, type SweepSettings } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { drawBars } from '../../components/chart/interval-bars.js';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { NumberTable } from '../../components/number-table.js';
import { formatPercent } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';

interface ImportanceChartProps {
  group: SettingsImportance;
  /** The answer that the group is of. */
  answer: Pick<SweepSettings, 'importance' | 'sampled'>;
  labels: Record<string, string>;
}

const rowHeight = 30;

/** Shares of settings with their intervals; those that chance would make as large stand back. */
export function ImportanceChart({ group, answer, labels }: ImportanceChartProps) {
  const look = useChartLook();
  const wide = useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false });
  const { settings } = group;
  const option = useMemo<EChartsOption>(() => {
    const accent = seriesStyle(0, look.scheme).color;
    const bars = settings.map((setting) => ({
      value: setting.share,
      ends: [setting.low, setting.high] as const,
      fill: isTold(setting) ? accent : look.axisLine,
      stroke: look.text,
    }));
    return {
      ...look.base,
      grid: { left: 8, right: 16, top: 4, bottom: 40, containLabel: true },
      xAxis: {
        type: 'value',
        min: 0,
        max: 1,
        ...look.axis('Share of the importance', { formatter: formatPercent }),
        nameGap: 26,
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: settings.map(({ name }) => labels[name] ?? name),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: { color: look.text, fontSize: 13, interval: 0, width: wide ? 260 : 130, overflow: 'truncate' },
      },
      tooltip: {
        ...look.base.tooltip,
        trigger: 'item',
        formatter: (params) => {
          const found = settings[Array.isArray(params) ? 0 : params.dataIndex];
          if (!found) return '';
          return tooltipHtml(labels[found.name] ?? found.name, [
            { name: 'share', value: formatPercent(found.share) },
            { name: 'interval', value: intervalText(found) },
            { name: 'p', value: pText(found.pValue) },
          ]);
        },
      },
      series: [
        {
          type: 'custom',
          renderItem: drawBars(bars, rowHeight),
          data: settings.map(({ share }, index) => [share, index]),
          encode: { x: 0, y: 1 },
        },
      ],
    };
  }, [settings, labels, look, wide]);
  return (
    <Stack gap="xs">
      <Text size="sm">{importanceNotice(group, answer)}</Text>
      {settings.length === 0 ? null : (
        <>
          <Chart
            option={option}
            height={settings.length * rowHeight + 44}
            label={`Importance of ${settings.length} settings with intervals; the numbers follow`}
            file="importance"
          />
          <NumberTable
            label="Importance of settings"
            columns={['Setting', 'Share', `${answer.importance.confidence * 100} % interval`, 'p']}
            rows={settings.map((setting) => [
              labels[setting.name] ?? setting.name,
              formatPercent(setting.share),
              intervalText(setting),
              pText(setting.pValue),
            ])}
          />
        </>
      )}
    </Stack>
  );
}

const intervalText = ({ low, high }: { low: number; high: number }) =>
  `${formatPercent(low)} to ${formatPercent(high)}`;

const pText = (p: number) => (p < 0.01 ? '< 0.01' : p.toFixed(2));
