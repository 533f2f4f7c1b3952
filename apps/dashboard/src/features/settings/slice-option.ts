/** @file The score over one setting: seeds as faint points, means by value, what was chosen, and trainings without a score below. */
import {
  meansByValue,
  type SettingOutcome,
  type SettingsConfiguration,
  type SweepSettings,
  settingsMethodName,
} from '@rankforge/contracts';
import type { EChartsOption, SeriesOption } from 'echarts/types/dist/shared';
import { tooltipHtml } from '../../components/chart/tooltip.js';
import type { useChartLook } from '../../components/chart/use-chart-look.js';
import { formatTick } from '../../lib/format.js';
import { seriesStyle } from '../../lib/palette.js';
import { settingAxis } from './setting-axis.js';

interface Slice {
  settings: SweepSettings;
  setting: SweepSettings['settings'][number];
  label: string;
  /** Methods that are not drawn. */
  hidden: ReadonlySet<number>;
  logScale: boolean;
  look: ReturnType<typeof useChartLook>;
}

/** A point as the chart has it, with what is told of it. */
export interface SlicePoint {
  value: [place: number, score: number];
  told: string;
  trialId?: string;
}

/** Outcomes that are drawn as marks below the scores, from the top. */
const marked: readonly { outcome: SettingOutcome; title: string }[] = [
  { outcome: 'stopped', title: 'stopped' },
  { outcome: 'over-budget', title: 'does not fit' },
  { outcome: 'failed', title: 'failed' },
  { outcome: 'unscored', title: 'no number' },
];

/** Means at more values than these are not joined: a line through values that were sampled would show noise. */
const joinedAtMost = 12;

const markHeight = 18;

/** Rows of marks that a slice has, and so the room below its scores. */
export function marksOf(configurations: readonly SettingsConfiguration[]) {
  const seen = new Set(configurations.flatMap(({ trainings }) => trainings.map(({ outcome }) => outcome)));
  return marked.filter(({ outcome }) => seen.has(outcome));
}

export const sliceHeight = (configurations: readonly SettingsConfiguration[]): number =>
  250 + markHeight * marksOf(configurations).length;

export function sliceOption({ settings, setting, label, hidden, logScale, look }: Slice): EChartsOption {
  const { methods, metric } = settings;
  const own = settings.configurations.filter(({ method, values }) => !hidden.has(method) && setting.name in values);
  const axis = settingAxis(
    setting,
    own.map(({ values }) => values[setting.name]!),
  );
  const marks = marksOf(settings.configurations);
  const step = (axis.max - axis.min) * 0.012;
  // Points of several methods at one value stand beside each other.
  const placeOf = ({ method, values }: Pick<SettingsConfiguration, 'method' | 'values'>) =>
    axis.placeOf(values[setting.name]!) + (method - (methods.length - 1) / 2) * (methods.length > 6 ? 0 : step);
  const shown = (score: number) => !logScale || score > 0;
  const means = meansByValue(own, setting.name);
  const series = methods.flatMap((method, index): SeriesOption[] => {
    if (hidden.has(index)) return [];
    const name = settingsMethodName(method);
    const style = seriesStyle(index, look.scheme);
    const configurations = own.filter((configuration) => configuration.method === index);
    const seeds = configurations.flatMap((configuration) =>
      configuration.trainings.flatMap(({ trialId, seed, score }): SlicePoint[] => {
        if (score === null || !shown(score)) return [];
        const told = toldOf(configuration, `${name}, seed ${seed}`, [{ name: metric, value: formatTick(score) }]);
        return [{ value: [placeOf(configuration), score], told, trialId }];
      }),
    );
    const byValue = means.filter((mean) => mean.method === index && shown(mean.mean));
    const chosen = method.chosen === null ? undefined : settings.configurations[method.chosen];
    const isShown = chosen !== undefined && chosen.mean !== null && shown(chosen.mean) && setting.name in chosen.values;
    const ring: SlicePoint[] = isShown
      ? [
          {
            value: [placeOf(chosen), chosen.mean!],
            told: toldOf(chosen, `${name}, chosen`, [{ name: `mean ${metric}`, value: formatTick(chosen.mean!) }]),
          },
        ]
      : [];
    return [
      {
        type: 'scatter',
        name: `${name}: seeds`,
        data: seeds,
        symbol: style.symbol,
        symbolSize: 6,
        itemStyle: { color: style.color, opacity: 0.35 },
      },
      {
        type: 'line',
        name: `${name}: mean`,
        data: byValue.map(({ value, mean, configurations: of }) => ({
          value: [placeOf({ method: index, values: { [setting.name]: value } }), mean],
          told: tooltipHtml(`${name}, ${label} ${value}`, [
            { name: `mean ${metric}`, value: formatTick(mean) },
            { name: 'configurations', value: String(of) },
          ]),
        })),
        symbol: style.symbol,
        symbolSize: 9,
        showSymbol: true,
        lineStyle: {
          color: style.color,
          type: style.dash,
          width: byValue.length <= joinedAtMost && setting.scale !== 'list' ? 2 : 0,
        },
        itemStyle: { color: style.color },
      },
      {
        type: 'scatter',
        name: `${name}: chosen`,
        data: ring,
        symbol: 'circle',
        symbolSize: 17,
        itemStyle: { color: 'transparent', borderColor: look.text, borderWidth: 2 },
        z: 6,
      },
      {
        type: 'scatter',
        name: `${name}: no score`,
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: configurations.flatMap((configuration) =>
          configuration.trainings.flatMap(({ trialId, seed, outcome, step: steps }) => {
            const row = marks.findIndex((mark) => mark.outcome === outcome);
            if (row < 0) return [];
            const told = toldOf(configuration, `${name}, seed ${seed}`, [
              { name: marks[row]!.title, value: `at step ${steps}` },
            ]);
            return [{ value: [placeOf(configuration), row], told, trialId }];
          }),
        ),
        symbol: 'path://M0,0 L8,8 M8,0 L0,8',
        symbolSize: 7,
        itemStyle: { color: 'transparent', borderColor: style.color, borderWidth: 1.6 },
      },
    ];
  });
  const below = marks.length > 0 ? 54 + markHeight * marks.length : 44;
  const place = {
    type: 'value' as const,
    min: axis.min,
    max: axis.max,
  };
  const ticks = axis.ticks === undefined ? {} : { customValues: axis.ticks };
  const lines = { axisTick: { show: false, ...ticks } };
  const named = { ...look.axis(label, { formatter: axis.label }), ...lines, nameGap: 26 };
  const unnamed = { ...look.axis(''), ...lines, axisLabel: { show: false } };
  return {
    ...look.base,
    grid: [
      { left: 64, right: 16, top: 12, bottom: below },
      { left: 64, right: 16, bottom: 44, height: markHeight * marks.length },
    ],
    xAxis: [
      // Where there are marks, the values stand below these.
      { ...place, ...(marks.length > 0 ? unnamed : { ...named, axisLabel: { ...named.axisLabel, ...ticks } }) },
      {
        ...place,
        gridIndex: 1,
        show: marks.length > 0,
        ...named,
        axisLabel: { ...named.axisLabel, ...ticks },
        splitLine: { show: false },
      },
    ],
    yAxis: [
      {
        type: logScale ? 'log' : 'value',
        scale: true,
        ...look.axis(metric, { formatter: formatTick }),
        nameGap: 48,
      },
      {
        type: 'category',
        gridIndex: 1,
        inverse: true,
        data: marks.map(({ title }) => title),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: look.muted, fontSize: 10, interval: 0 },
        splitLine: { show: false },
        splitArea: { show: true, areaStyle: { color: [look.grid, 'transparent'], opacity: 0.5 } },
      },
    ],
    tooltip: {
      ...look.base.tooltip,
      trigger: 'item',
      formatter: (params) => ((Array.isArray(params) ? params[0] : params)?.data as SlicePoint | undefined)?.told ?? '',
    },
    series,
  };
}

function toldOf({ values }: SettingsConfiguration, title: string, rows: readonly { name: string; value: string }[]) {
  const settings = Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));
  return tooltipHtml(title, [...rows, ...settings]);
}
