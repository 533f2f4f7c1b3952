/** @file The settings that a sweep varied, the value of each in a configuration, and what it could have been. */
import {
  type Contender,
  type CreateSweep,
  compareValues,
  configsOf,
  contenderOf,
  type Range,
  type SettingValue,
  type SweepSettings,
  type TrialSpec,
} from '@rankforge/contracts';
import type { Parameter } from '@rankforge/search';
import { contentHash } from '../../planning/trial-key.js';

type Setting = SweepSettings['settings'][number];

/** Entries of the request that ask for a contender. */
const entriesOf = ({ methods }: CreateSweep, { method, optimizer, strategy, recipe }: Contender) =>
  methods.filter(
    (entry) =>
      entry.name === method && entry.optimizer === optimizer && entry.strategy === strategy && entry.recipe === recipe,
  );

type Entry = CreateSweep['methods'][number];

const parts = ['config', 'optimizerConfig', 'strategyConfig', 'recipeConfig'] as const;

/** Steps are varied by kinds of sweeps that recover what they made smaller. */
export const stepsName = 'training.steps';

/** Names of what an entry may vary: fields that it leaves out follow from others. */
const named = (entry: Entry): string[] => [
  'learningRate',
  'rank',
  stepsName,
  ...parts.flatMap((part) => Object.keys(entry[part] ?? {}).map((field) => `${part}.${field}`)),
];

/**
 * The values of a trial that its request may have varied, by the name of the setting.
 * @example valuesOf(spec, request) // { learningRate: 0.001, rank: 8, 'config.alpha': 16 }
 */
export function valuesOf(spec: TrialSpec, request: CreateSweep): Record<string, SettingValue> {
  const configs = configsOf(spec);
  const read = (name: string): unknown => {
    // Nothing reads the learning rate of what takes no step.
    if (name === 'learningRate') return spec.training.steps === 0 ? undefined : spec.learningRate;
    if (name === 'rank') return spec.rank ?? undefined;
    if (name === stepsName) return spec.training.steps;
    const dot = name.indexOf('.');
    return configs[name.slice(0, dot) as (typeof parts)[number]][name.slice(dot + 1)];
  };
  const names = new Set(entriesOf(request, contenderOf(spec)).flatMap(named));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = read(name);
      return value === undefined || value === null ? [] : [[name, scalar(value)]];
    }),
  );
}

const scalar = (value: unknown): SettingValue =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : JSON.stringify(value);

/** The ranges that a search drew a setting of a contender from. */
export function rangesOf(name: string, contender: Contender, request: CreateSweep): Range[] {
  if (name !== 'learningRate' && name !== 'rank') return [];
  return entriesOf(request, contender).flatMap((entry) => {
    const asked = entry[name] ?? request[name];
    return typeof asked === 'object' && !Array.isArray(asked) ? [asked] : [];
  });
}

/** The values that one of a setting could have been: a range that a search drew from, or one of the values that were tried. */
export interface Form {
  parameter: Parameter;
  /** The value of the parameter. */
  at: number;
  /** Tells the form from others. */
  key: string;
}

/**
 * The forms of the values of a setting, as a search has them: numbers of a list are in order where there are more than two, and stand where they
 * stand on the list.
 *
 * @param tried every value of the setting, each once
 * @see apps/api/src/strategies/search/space.ts
 */
export function formsOf(tried: readonly SettingValue[], ranges: readonly Range[], whole: boolean) {
  const inOrder = tried.length > 2 && tried.every((each) => typeof each === 'number');
  const listed: Parameter = inOrder
    ? { kind: 'int', low: 0, high: tried.length - 1, log: false }
    : { kind: 'categorical', choices: tried.length };
  const places = new Map(tried.map((value, index) => [value, index]));
  const list = contentHash(tried);
  return (value: SettingValue): Form => {
    const range = ranges.find(({ min, max }) => typeof value === 'number' && min <= value && value <= max);
    if (!range) return { parameter: listed, at: places.get(value)!, key: list };
    const { min, max, scale } = range;
    const parameter: Parameter = { kind: whole ? 'int' : 'float', low: min, high: max, log: scale === 'log' };
    return { parameter, at: value as number, key: 'range' };
  };
}

/** Distinct values, numbers ascending. */
export const distinct = (values: readonly SettingValue[]): SettingValue[] => [...new Set(values)].sort(compareValues);

/** How values of a setting are laid out: as a range was searched, and those of a list as they are spaced. */
export function scaleOf(values: readonly SettingValue[], ranges: readonly Range[]): Setting['scale'] {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) return 'list';
  if (ranges.length > 0) return ranges.some(({ scale }) => scale === 'log') ? 'log' : 'linear';
  return isGeometric(numbers) ? 'log' : 'linear';
}

/** Numbers by ratios: the steps of their logarithms are more alike than their own. Two are by a factor of ten. */
function isGeometric(ascending: readonly number[]): boolean {
  if (ascending.length < 2 || ascending[0]! <= 0) return false;
  if (ascending.length === 2) return ascending[1]! >= 10 * ascending[0]!;
  const unevenness = (places: readonly number[]) => {
    const steps = places.slice(1).map((place, index) => place - places[index]!);
    return Math.max(...steps) / Math.min(...steps);
  };
  return unevenness(ascending.map(Math.log)) < unevenness(ascending);
}
