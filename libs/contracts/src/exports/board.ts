/** @file A board as a file: for programs with all that a row says, for a paper with what its table needs. */

import { fewExamplesRemark, originText, seedsOnlyRemark } from '../board-remarks.js';
import { contenderFields } from '../contender.js';
import {
  type Leaderboard,
  type LeaderboardQuery,
  type LeaderboardRow,
  lettersText,
  untestedRemark,
} from '../leaderboard.js';
import { type AnyMeasure, columnsOf, type Formats, formatted, type Unit } from '../measures/measure.js';
import { amountOnRow, comparedMeasures } from '../measures/registry.js';
import { MIB } from '../memory.js';
import { learningRateText, rowNames } from '../row-names.js';
import { scoreDecimals, scoreText } from '../shown-scores.js';
import { namedUnlike, settingOfRow, settingText, settingTitle, unlikeSettings } from '../training-extent.js';
import type { ExportColumn } from './column.js';
import { type TableFormat, tableExport } from './formats.js';

type Column = ExportColumn<LeaderboardRow>;

/** Every column of a board as a file; those with a title stand in a table for people. */
export function boardExportColumns(board: Leaderboard, by: LeaderboardQuery['by']): Column[] {
  const { rows, metric } = board;
  const names = rowNames(rows, by);
  const decimals = scoreDecimals(rows);
  const shown = new Set(namedUnlike(rows).map(({ name }) => name));
  return [
    { name: 'task', value: () => board.task },
    { name: 'base', value: () => board.base },
    { name: 'metric', value: () => metric.name },
    { name: 'place', value: ({ score }, index) => (score === null ? null : index + 1) },
    { name: 'name', title: by === 'method' ? 'Method' : 'Configuration', value: (_, index) => names[index]! },
    ...partColumns(rows),
    { name: 'rank', value: ({ rank }) => rank },
    {
      name: 'learningRate',
      ...(by === 'method' && { title: 'Learning rate' }),
      right: true,
      value: ({ learningRate }) => learningRate,
      text: ({ learningRate }) => (learningRate === null ? '–' : learningRateText(learningRate)),
    },
    ...unlikeSettings(rows).map(({ name }): Column => {
      const value = (row: LeaderboardRow) => settingOfRow(row, name);
      return {
        name: `setting.${name}`,
        ...(shown.has(name) && { title: capital(settingTitle(name)) }),
        right: true,
        value: (row) => scalar(value(row)),
        text: (row) => settingText(value(row)),
      };
    }),
    { name: 'steps', value: ({ steps }) => steps },
    { name: 'config', value: ({ config }) => JSON.stringify(config) },
    { name: 'status', value: ({ status }) => status },
    {
      name: 'score',
      title: `Test ${metric.name}`,
      right: true,
      value: ({ score }) => score,
      text: ({ score, status }) => (score === null ? status.replaceAll('-', ' ') : scoreText(score, decimals)),
    },
    { name: 'low', value: ({ interval }) => interval?.[0] ?? null },
    { name: 'high', value: ({ interval }) => interval?.[1] ?? null },
    {
      title: '95 % interval',
      right: true,
      value: () => null,
      text: ({ interval }) => interval?.map((end) => scoreText(end, decimals)).join(' to ') ?? '–',
    },
    { name: 'intervalCovers', value: ({ intervalCovers }) => intervalCovers },
    { name: 'group', title: 'Group', value: ({ group }) => group },
    { name: 'seeds', title: 'Seeds', right: true, value: ({ seeds }) => seeds },
    { name: 'addedSeeds', value: ({ added }) => added?.seeds ?? 0 },
    { name: 'looks', value: ({ added }) => 1 + (added?.looks ?? 0) },
    { name: 'validation', value: ({ validation }) => validation },
    ...comparedMeasures.flatMap((measure) => measureColumn(measure, rows)),
    { name: 'pareto', value: ({ pareto }) => pareto },
    { name: 'tuningTrials', value: ({ tuningTrials }) => tuningTrials },
    { name: 'tuningSteps', value: ({ tuningSteps }) => tuningSteps },
    { name: 'reason', value: ({ reason }) => reason },
    { name: 'trialIds', value: ({ trialIds }) => trialIds.join(' ') },
  ];
}

/** The parts of the contender, each that a row has. */
const partColumns = (rows: readonly LeaderboardRow[]): Column[] =>
  Object.keys(contenderFields)
    .filter((name) => rows.some((row) => partOf(row, name) !== undefined))
    .map((name) => ({ name, value: (row) => scalar(partOf(row, name)) }));

const partOf = (row: LeaderboardRow, name: string): unknown => (row as Record<string, unknown>)[name];

/** A measure that some row has; a table for people has those that the page shows where there is room for some. */
function measureColumn(measure: AnyMeasure, rows: readonly LeaderboardRow[]): Column[] {
  const { name, title, unit } = measure;
  const value = (row: LeaderboardRow) => amountOnRow(row, measure);
  if (rows.every((row) => value(row) === null)) return [];
  const isShown = columnsOf(measure).some(({ priority }) => priority < 2);
  const inUnit = units[unit];
  const text = (row: LeaderboardRow) => {
    const amount = value(row);
    return amount === null ? '–' : formatted(amount, unit, exportFormats);
  };
  return [{ name, ...(isShown && { title: inUnit ? `${title} (${inUnit})` : title }), right: true, value, text }];
}

/** Units as they stand above a column. */
const units: Readonly<Partial<Record<Unit, string>>> = {
  bytes: 'MiB',
  MiB: 'MiB',
  milliseconds: 'ms',
  seconds: 's',
};

const digits = (value: number, count = 4): string => String(Number(value.toPrecision(count)));

/** Numbers below their units. */
export const exportFormats: Formats = {
  count: (value) => value.toLocaleString('en-US'),
  integer: String,
  bytes: (value) => (value / MIB).toFixed(1),
  milliseconds: (value) => digits(value, 3),
  seconds: (value) => digits(value, 3),
  number: digits,
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const scalar = (value: unknown): string | number | null =>
  value === undefined || value === null ? null : typeof value === 'number' ? value : settingText(value);

/** A board as a file. The answer in short is the caption of a table for people; CSV has rows alone, which programs read. */
export function boardExport(board: Leaderboard, format: TableFormat, by: LeaderboardQuery['by'] = 'method'): string {
  return tableExport(format, {
    rows: board.rows,
    columns: boardExportColumns(board, by),
    caption: [headline(board), ...board.answers.map(({ text }) => text)].join(' '),
    note: [
      lettersText(board),
      untestedRemark(board),
      seedsOnlyRemark(board),
      fewExamplesRemark(board),
      originText(board),
    ]
      .filter(Boolean)
      .join(' '),
  });
}

function headline({ task, base, metric, scenario, testExamples }: Leaderboard): string {
  const of = [base === '' ? task : `${task} on ${base}`, ...(scenario === null ? [] : [scenario])].join(', ');
  const examples = testExamples === null ? '' : `, ${testExamples} test examples`;
  const better = metric.direction === 'minimize' ? 'lower' : 'higher';
  return `${of}: test ${metric.name} (${better} is better${examples}).`;
}

/** @example boardFileName(board, 'csv') // 'moby-dick-nano-sotu-perplexity.csv' */
export const boardFileName = ({ task, base, metric }: Leaderboard, extension: string): string =>
  `${[task, base, metric.name].join('-').replaceAll(/[^a-zA-Z0-9._-]+/g, '-')}.${extension}`;
