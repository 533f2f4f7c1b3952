/** @file Trials side by side: what each was set to and what came of it, row by row, and in which rows they differ. */
import { contenderName } from './contender.js';
import type { ExportColumn, ExportValue } from './exports/column.js';
import { type TableFormat, tableExport } from './exports/formats.js';
import { columnsOf, type Formats, formatted, type Known, type Unit } from './measures/measure.js';
import { amountOf, measures } from './measures/registry.js';
import { configsOf } from './shown-config.js';
import { settingText } from './training-extent.js';
import type { TrialDetail, TrialView } from './trial.js';
import { trialKindOf } from './trial-kind.js';

/** Trials that stand side by side at most: people read no wider table, and no chart of more lines. */
export const mostCompared = 8;

export interface ComparedRow {
  /** A setting by its path in the request of the trial, e.g. `training.steps`, or a result, e.g. `validation/perplexity`. */
  name: string;
  /** The name for people. */
  title: string;
  part: 'setting' | 'result';
  /** Unit of a result that is a number with one. */
  unit?: Unit;
  /** A value of each trial, in their order; null where it has none. */
  values: readonly ExportValue[];
  /** Whether two of the values are unlike. */
  differs: boolean;
}

/** A value of one trial by its name, with a title and a unit where it has one. */
interface Named {
  name: string;
  title?: string;
  value: ExportValue;
  unit?: Unit;
}

/**
 * Settings and results of trials as rows, settings first; a row for each that some trial has.
 *
 * @example comparedTrials([lora, dora]).filter(({ differs }) => differs) // [{ name: 'method', values: ['lora', 'dora'], … }, …]
 */
export function comparedTrials(trials: readonly TrialDetail[]): ComparedRow[] {
  return [...rowsOf('setting', trials.map(settingsOf)), ...rowsOf('result', trials.map(resultsOf))];
}

function rowsOf(part: ComparedRow['part'], lists: readonly Named[][]): ComparedRow[] {
  const byName = lists.map((list) => new Map(list.map((each) => [each.name, each])));
  return namesOf(lists).map((name) => {
    const found = byName.map((each) => each.get(name));
    const values = found.map((each) => each?.value ?? null);
    const { title = name, unit } = found.find((each) => each !== undefined)!;
    return { name, title, part, ...(unit && { unit }), values, differs: new Set(values).size > 1 };
  });
}

/** All names once, each that a later list adds behind the one before it there. */
function namesOf(lists: readonly Named[][]): string[] {
  const names: string[] = [];
  for (const list of lists) {
    let at = 0;
    for (const { name } of list) {
      const known = names.indexOf(name);
      if (known < 0) names.splice(at, 0, name);
      at = (known < 0 ? at : known) + 1;
    }
  }
  return names;
}

/** All that was asked for: what the numbers of a trial follow from, and its budget. */
function settingsOf({ kind: trialKind, spec, memoryBudgetMiB, limits = {} }: TrialDetail): Named[] {
  const { methodConfig, optimizerConfig, strategyConfig, recipeConfig, training, ...parts } = spec;
  const all = { trialKind, ...parts, memoryBudgetMiB, limits, ...configsOf(spec), training };
  return Object.entries(all).flatMap(([name, value]) => leavesOf(name, value));
}

/** The single values within a value, by their paths. @example leavesOf('a', { b: 1 }) // [{ name: 'a.b', value: 1 }] */
function leavesOf(path: string, value: unknown): Named[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ name: path, value: single(value) }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(`${path}.${name}`, inner));
}

function single(value: unknown): ExportValue {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' || typeof value === 'boolean' ? value : settingText(value);
}

function resultsOf(trial: TrialDetail): Named[] {
  const { result, predicted } = trial;
  const scores = (['validation', 'test'] as const).flatMap((split) =>
    Object.entries(result?.[split] ?? {}).map(([name, value]) => ({ name: `${split}/${name}`, value })),
  );
  return [
    { name: 'state', value: trial.state },
    { name: 'step', value: trial.step },
    { name: 'train/loss', value: trial.loss },
    ...scores,
    { name: 'predictedPeakBytes', title: 'Predicted peak memory', value: predicted.total, unit: 'bytes' },
    ...measures.flatMap((measure): Named[] => {
      // A measure without a column is for programs that read boards.
      const value = columnsOf(measure).length > 0 ? amountOf(knownOfTrial(trial), measure) : null;
      return value === null ? [] : [{ name: measure.name, title: measure.title, value, unit: measure.unit }];
    }),
  ];
}

/** A trial by itself knows what it reported; what its training and its scoring say of each other is on the board. */
export function knownOfTrial({ kind, result, measuredBytes }: TrialDetail): Known {
  const { trains } = trialKindOf(kind);
  return {
    training: trains ? result : null,
    measuredBytes,
    scoring: trains ? undefined : (result ?? undefined),
    work: undefined,
    hasTokens: true,
    metric: '',
  };
}

/** A value for people: results in their units, settings as a request has them. */
export function comparedText({ part, unit }: ComparedRow, value: ExportValue, formats: Formats): string {
  if (value === null) return '–';
  if (typeof value !== 'number' || part === 'setting') return String(value);
  if (unit !== undefined) return formatted(value, unit, formats);
  return Number.isInteger(value) ? formats.integer(value) : formats.number(value);
}

/**
 * Names of trials above their columns. Two that would be called alike, as trials of two sweeps may, have the end of their ids.
 *
 * @example comparedNames([lora]) // ['12 lora r8 seed 0']
 */
export function comparedNames(trials: readonly TrialView[]): string[] {
  const names = trials.map(nameOf);
  return names.map((name, at) =>
    names.some((other, place) => place !== at && other === name) ? `${name} (…${trials[at]!.id.slice(-4)})` : name,
  );
}

const nameOf = (trial: TrialView): string => `${trial.ordinal} ${configurationName(trial)} seed ${trial.seed}`;

const configurationName = (trial: TrialView): string =>
  [contenderName(trial), ...(trial.rank === null ? [] : [`r${trial.rank}`])].join(' ');

/** Trials that are alike but for their seed. */
export interface SeedGroup {
  name: string;
  /** Places of the trials. */
  places: readonly number[];
}

/** Configurations of which two seeds or more are among the trials. @example seedGroups([lora, loraAgain, dora]) // [{ name: 'lora r8', places: [0, 1] }] */
export function seedGroups(trials: readonly TrialDetail[]): SeedGroup[] {
  const groups = new Map<string, number[]>();
  trials.forEach(({ spec: { seed: _, ...configuration } }, place) => {
    const key = JSON.stringify(configuration);
    groups.set(key, [...(groups.get(key) ?? []), place]);
  });
  return [...groups.values()]
    .filter((places) => places.length > 1)
    .map((places) => ({ name: configurationName(trials[places[0]!]!), places }));
}

/** A file of trials side by side; programs read CSV, in which every row stands. */
export function comparedExport(trials: readonly TrialDetail[], format: TableFormat, formats: Formats): string {
  const rows = comparedTrials(trials);
  return tableExport(format, {
    rows: format === 'csv' ? rows : rows.filter(({ part, differs }) => part === 'result' || differs),
    columns: comparedColumns(trials, formats),
    caption: `Settings in which ${trials.length} trials differ, and their results.`,
  });
}

function comparedColumns(trials: readonly TrialDetail[], formats: Formats): ExportColumn<ComparedRow>[] {
  const names = comparedNames(trials);
  return [
    { name: 'part', value: ({ part }) => part },
    { name: 'name', title: 'Name', value: ({ name }) => name, text: ({ title }) => title },
    { name: 'differs', value: ({ differs }) => differs },
    ...trials.map(
      ({ id }, at): ExportColumn<ComparedRow> => ({
        name: id,
        title: names[at]!,
        right: true,
        value: ({ values }) => values[at]!,
        text: (row) => comparedText(row, row.values[at]!, formats),
      }),
    ),
  ];
}
