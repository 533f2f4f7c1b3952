/** @file The effect of a sweep's settings, as tables for people: each setting of each method, then scores by value. */
import {
  budgetText,
  drawnNotice,
  edgeAdvice,
  importanceNotice,
  meansByValue,
  type SettingImportance,
  type SettingValue,
  type SweepSettings,
  settingLabels,
  settingsMethodName,
  type ValueMean,
} from '@rankforge/contracts';
import { formatNumber } from './format.js';
import { type Column, table } from './table.js';

/** Settings with more values have each of them once or twice, which a table says nothing by. */
const valuesAtMost = 12;

interface SettingRow {
  method: string;
  setting: string;
  tried: number;
  chosen: SettingValue | undefined;
  importance: SettingImportance | undefined;
  advice: string;
}

export function settingsText(settings: SweepSettings): string {
  const { configurations, metric, direction, budget, budgets } = settings;
  if (configurations.length === 0) return 'No training of the sweep was made yet.';
  const others = budgets.filter(({ steps }) => steps !== budget.steps).map(({ steps }) => `--steps ${steps}`);
  const overall = settings.importance.groups.filter(({ method }) => method === null);
  return [
    `${metric} on validation, ${direction === 'minimize' ? 'less' : 'more'} is better: ${budgetText(budget)}${others.length > 0 ? ` (others: ${others.join(', ')})` : ''}`,
    table(settingRows(settings), columnsOfSettings),
    ...settings.importance.groups.map((group) => {
      const whose = group.method === null ? 'over all methods' : settingsMethodName(settings.methods[group.method]!);
      return `${whose}: ${importanceNotice(group, settings)}`;
    }),
    ...overall.flatMap(({ settings: all }) => (all.length > 0 ? [overallText(all, settings)] : [])),
    ...valueTable(settings),
    outcomesText(settings),
    ...[drawnNotice(settings) ?? []].flat(),
  ].join('\n');
}

const columnsOfSettings: readonly Column<SettingRow>[] = [
  { title: 'method', value: ({ method }) => method },
  { title: 'setting', value: ({ setting }) => setting },
  { title: 'tried', right: true, value: ({ tried }) => tried },
  { title: 'chosen', right: true, value: ({ chosen }) => valueText(chosen) },
  { title: 'importance', right: true, value: ({ importance }) => importanceText(importance) },
  { title: 'p', right: true, value: ({ importance }) => formatNumber(importance?.pValue, 2) },
  { title: '', value: ({ advice }) => advice },
];

/** A row for each setting of each method that it has several values of. */
function settingRows({ configurations, methods, settings, importance }: SweepSettings): SettingRow[] {
  const labels = settingLabels(settings.map(({ name }) => name));
  return methods.flatMap((method, index) => {
    const own = configurations.filter((configuration) => configuration.method === index);
    const chosen = method.chosen === null ? undefined : configurations[method.chosen];
    const found = importance.groups.find((group) => group.method === index)?.settings ?? [];
    return settings.flatMap(({ name }): SettingRow[] => {
      const tried = new Set(own.flatMap(({ values }) => values[name] ?? [])).size;
      const edge = method.edges.find(({ axis }) => axis === name);
      if (tried === 0) return [];
      return [
        {
          method: settingsMethodName(method),
          setting: labels[name]!,
          tried,
          chosen: chosen?.values[name],
          importance: found.find((each) => each.name === name),
          advice: edge ? edgeAdvice(edge) : '',
        },
      ];
    });
  });
}

function overallText(all: readonly SettingImportance[], { settings }: SweepSettings): string {
  const labels = settingLabels(settings.map(({ name }) => name));
  const each = all.map(
    (one) => `${labels[one.name] ?? one.name} ${importanceText(one)} p ${formatNumber(one.pValue, 2)}`,
  );
  return `over all methods: ${each.join(', ')}`;
}

/** Mean scores by value, of settings with few. */
function valueTable({ configurations, methods, settings }: SweepSettings): string[] {
  const labels = settingLabels(settings.map(({ name }) => name));
  const rows = settings.flatMap(({ name }) => {
    const means = meansByValue(configurations, name);
    const values = new Set(means.map(({ value }) => value)).size;
    return values > valuesAtMost ? [] : means.map((mean) => ({ ...mean, setting: labels[name]! }));
  });
  if (rows.length === 0) return [];
  const columns: readonly Column<ValueMean & { setting: string }>[] = [
    { title: 'setting', value: ({ setting }) => setting },
    { title: 'method', value: ({ method }) => settingsMethodName(methods[method]!) },
    { title: 'value', right: true, value: ({ value }) => valueText(value) },
    { title: 'mean score', right: true, value: ({ mean }) => formatNumber(mean) },
    { title: 'configurations', right: true, value: (row) => row.configurations },
  ];
  return ['', table(rows, columns), ''];
}

/** How many trainings have a score, and what became of the others. */
function outcomesText({ configurations }: SweepSettings): string {
  const counts = new Map<string, number>();
  for (const { outcome } of configurations.flatMap(({ trainings }) => trainings)) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return `Trainings: ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`;
}

const valueText = (value: SettingValue | undefined): string =>
  value === undefined ? '–' : typeof value === 'number' ? formatNumber(value) : String(value);

const importanceText = (importance: SettingImportance | undefined): string =>
  importance === undefined
    ? '–'
    : `${formatNumber(importance.share, 2)} [${formatNumber(importance.low, 2)}, ${formatNumber(importance.high, 2)}]`;
