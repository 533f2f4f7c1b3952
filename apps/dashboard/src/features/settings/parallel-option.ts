/** @file Configurations as lines across one axis for each setting, and one for the score. */
import { endsOf, type SettingsConfiguration, type SweepSettings, settingsMethodName } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import type { useChartLook } from '../../components/chart/use-chart-look.js';
import { formatTick } from '../../lib/format.js';
import { shade } from '../../lib/palette.js';
import { settingAxis } from './setting-axis.js';

interface Parallel {
  settings: SweepSettings;
  /** Configurations with a score, of the methods that are shown. */
  configurations: readonly SettingsConfiguration[];
  labels: Record<string, string>;
  /** Axes lie across, and stand below one another. */
  narrow: boolean;
  look: ReturnType<typeof useChartLook>;
}

/** Configurations with a score, the worst first, so that better ones are drawn over them. */
export function worstFirst(settings: SweepSettings, hidden: ReadonlySet<number>): SettingsConfiguration[] {
  const sign = settings.direction === 'maximize' ? 1 : -1;
  return settings.configurations
    .filter(({ method, mean }) => mean !== null && !hidden.has(method))
    .sort((a, b) => sign * (a.mean! - b.mean!));
}

export const parallelHeight = (axes: number, narrow: boolean): number => (narrow ? 56 + 76 * (axes + 1) : 380);

export function parallelOption({ settings, configurations, labels, narrow, look }: Parallel): EChartsOption {
  const { metric, methods } = settings;
  const axes = settings.settings
    .filter(({ name }) => configurations.some(({ values }) => name in values))
    .map((setting) => ({
      setting,
      axis: settingAxis(
        setting,
        configurations.flatMap(({ values }) => values[setting.name] ?? []),
      ),
    }));
  const [least, largest] = endsOf(configurations.map(({ mean }) => mean!));
  const room = (largest - least || Math.abs(largest) || 1) * 0.04;
  const chosen = new Set(methods.map((method) => settings.configurations[method.chosen ?? -1]));
  const base = look.axis('');
  // Lines run over the labels of axes.
  const halo = { textBorderColor: look.surface, textBorderWidth: 3 };
  const axisStyle = (name: string, labels: object) => ({
    ...base,
    type: 'value' as const,
    name,
    nameLocation: narrow ? ('middle' as const) : ('end' as const),
    nameGap: narrow ? 22 : 14,
    nameTextStyle: { color: look.text, fontSize: 12, fontWeight: 600 as const, ...halo },
    axisLabel: { ...base.axisLabel, ...halo, ...labels },
    z: 20,
  });
  return {
    ...look.base,
    tooltip: {
      ...look.base.tooltip,
      trigger: 'item',
      formatter: (params) => {
        const found = configurations[Array.isArray(params) ? -1 : params.dataIndex];
        if (!found) return '';
        return tooltipHtml(settingsMethodName(methods[found.method]!), [
          { name: `mean ${metric}`, value: formatTick(found.mean!) },
          ...Object.entries(found.values).map(([name, value]) => ({ name: labels[name]!, value: String(value) })),
        ]);
      },
    },
    parallel: {
      layout: narrow ? 'vertical' : 'horizontal',
      left: narrow ? 24 : 60,
      right: narrow ? 24 : 70,
      top: narrow ? 44 : 40,
      bottom: narrow ? 44 : 30,
      parallelAxisDefault: {
        areaSelectStyle: { borderColor: look.text, color: look.axisLine, opacity: 0.35, width: 22 },
        realtime: true,
      },
    },
    parallelAxis: [
      ...axes.map(({ setting, axis }, dim) => ({
        dim,
        min: axis.min,
        max: axis.max,
        ...axisStyle(labels[setting.name]!, {
          formatter: axis.label,
          ...(axis.ticks === undefined ? {} : { customValues: axis.ticks }),
        }),
      })),
      {
        dim: axes.length,
        min: least - room,
        max: largest + room,
        ...axisStyle(metric, { formatter: formatTick, showMinLabel: false, showMaxLabel: false }),
      },
    ],
    series: [
      {
        type: 'parallel',
        inactiveOpacity: 0.05,
        activeOpacity: 0.9,
        emphasis: { lineStyle: { width: 4, opacity: 1 } },
        data: configurations.map((configuration, index) => {
          const isChosen = chosen.has(configuration);
          return {
            value: [
              ...axes.map(({ setting, axis }) => {
                const value = configuration.values[setting.name];
                return value === undefined ? '-' : axis.placeOf(value);
              }),
              configuration.mean!,
            ],
            lineStyle: {
              color: isChosen
                ? look.text
                : shade(configurations.length < 2 ? 1 : index / (configurations.length - 1), look.scheme),
              width: isChosen ? 3 : 1.5,
              opacity: isChosen ? 1 : 0.75,
            },
          };
        }),
      },
    ],
  };
}
