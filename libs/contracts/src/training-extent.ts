/** @file How much trainings read and of what, and where the rows of a board differ in that and in other settings. */
import type { LeaderboardRow } from './leaderboard.js';

/** Settings of a training by their names, such as the fields of its options. */
type Settings = Readonly<Record<string, unknown>>;

/** Settings that change when something is measured or kept, and no number that is learnt. */
const withoutEffect: ReadonlySet<string> = new Set(['checkpointEvery', 'evalEvery', 'normEvery', 'execution', 'until']);

/** Settings that concern a row on which nothing was trained, too. */
const ofEveryRow: ReadonlySet<string> = new Set(['dataset', 'dataVersion', 'engine']);

/** Settings that a board says first: how much was read, and of what. */
const saidFirst = ['steps', 'batchSize', 'accumulate', 'sequenceLength', 'initial', 'dataset', 'dataVersion', 'engine'];

/** Values of settings that stand in no spec. */
const unsaid: Settings = { dataVersion: 1, initial: 'base' };

/**
 * Equal for trainings that read as many examples of the same data, cut to one length, from the same start. Nobody chooses a
 * configuration by these: a training of 300 steps and one of 40 are no two ways to do the same.
 *
 * @example trainingExtent({ steps: 40, batchSize: 4, accumulate: 2 }) === trainingExtent({ steps: 40, batchSize: 8, accumulate: 1 })
 */
export function trainingExtent(settings: Settings): string {
  const { steps, sequenceLength, dataset, dataVersion, initial } = { ...unsaid, ...defined(settings) } as Settings;
  return JSON.stringify([
    steps,
    steps === 0 ? 0 : examplesPerStep(settings),
    sequenceLength,
    dataset,
    dataVersion,
    initial,
  ]);
}

/** The extent of the training of a row; rows of one board can be compared by it. */
export const extentOfRow = ({ steps, settings }: Pick<LeaderboardRow, 'steps' | 'settings'>): string =>
  trainingExtent({ ...settings, steps });

/** Settings that change what a training holds, and no number that is learnt. */
const ofMemory = ['batchSize', 'accumulate', 'execution', 'engine'];

/**
 * Settings in which two rows differ that change what a training holds: memory of two methods can be compared where there is none.
 *
 * @example unlikeInMemory(mine, theirs) // ['batchSize', 'accumulate']
 */
export const unlikeInMemory = (one: Pick<LeaderboardRow, 'settings'>, other: Pick<LeaderboardRow, 'settings'>) =>
  ofMemory.filter((name) => settingOfRow(one, name) !== settingOfRow(other, name));

/** A setting in which rows differ, with every value that they have, numbers ascending. */
export interface UnlikeSetting {
  name: string;
  values: unknown[];
}

/**
 * Settings in which the trainings of a board's rows differ, those of rows that are scored: the rows were not trained alike. A larger
 * batch in as many more micro-batches is the same training.
 *
 * @example unlikeSettings(rows) // [{ name: 'steps', values: [40, 300] }]
 */
export function unlikeSettings(rows: readonly LeaderboardRow[]): UnlikeSetting[] {
  const scored = rows.filter(({ score }) => score !== null);
  const trained = scored.filter(({ steps }) => steps !== 0);
  const sameBatches = new Set(trained.map(({ settings = {} }) => examplesPerStep(settings))).size <= 1;
  const names = [...new Set(scored.flatMap(({ settings = {} }) => Object.keys(settings)))];
  return names
    .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
    .filter((name) => !withoutEffect.has(name) && !(sameBatches && (name === 'batchSize' || name === 'accumulate')))
    .map((name) => {
      const values = (ofEveryRow.has(name) ? scored : trained).map(({ settings }) => settings?.[name] ?? unsaid[name]);
      const distinct = new Map(values.map((value) => [JSON.stringify(value), value]));
      return { name, values: [...distinct.values()].sort(ascending) };
    })
    .filter(({ values }) => values.length > 1);
}

/** @example settingTitle('sequenceLength') // 'sequence length' */
export const settingTitle = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A value of a setting for people. @example settingText(['query', 'value']) // 'query, value' */
export function settingText(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (Array.isArray(value)) return value.map(settingText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The value of a setting on a row, as `unlikeSettings` counts it. */
export const settingOfRow = ({ settings }: Pick<LeaderboardRow, 'settings'>, name: string): unknown =>
  settings?.[name] ?? unsaid[name];

/** Settings that a sentence spells out and a table has columns of; the rest is counted. */
const namedAtMost = 3;

/** The first of the settings in which rows were not trained alike, for columns of a table. */
export const namedUnlike = (rows: readonly LeaderboardRow[]): UnlikeSetting[] =>
  unlikeSettings(rows).slice(0, namedAtMost);

/**
 * Says in which settings the rows of a board were not trained alike; undefined where they were.
 *
 * @example unlikeText(board) // 'These rows were not trained alike: steps 40 or 300.'
 */
export function unlikeText({ rows }: { rows: readonly LeaderboardRow[] }): string | undefined {
  // Engines that compete have a sentence of their own.
  const compete = rows.some(({ competingEngine }) => competingEngine !== undefined);
  const unlike = unlikeSettings(rows).filter(({ name }) => !(compete && name === 'engine'));
  if (unlike.length === 0) return undefined;
  const named = unlike
    .slice(0, namedAtMost)
    .map(({ name, values }) => `${settingTitle(name)} ${values.map(settingText).join(' or ')}`);
  const further = unlike.length - named.length;
  const more = further > 0 ? [`${further} more ${further === 1 ? 'setting' : 'settings'}`] : [];
  return `These rows were not trained alike: ${[...named, ...more].join('; ')}.`;
}

/** Relative to other rows of a board where one of the two is the same on all of them, and so not said. */
const examplesPerStep = ({ batchSize, accumulate }: Settings): number =>
  Number(batchSize ?? 1) * Number(accumulate ?? 1);

const placeOf = (name: string): number => (saidFirst.includes(name) ? saidFirst.indexOf(name) : saidFirst.length);

const defined = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

function ascending(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : 0;
}
