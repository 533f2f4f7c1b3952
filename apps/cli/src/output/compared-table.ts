/** @file Trials side by side, as a table for people. */
import {
  type ComparedRow,
  comparedNames,
  comparedText,
  comparedTrials,
  type Formats,
  type TrialDetail,
} from '@rankforge/contracts';
import { formatCount, formatMiB, formatNumber, formatSeconds } from './format.js';
import { table } from './table.js';

/** Numbers with their units, as each row of a comparison has another one. */
export const comparedFormats: Formats = {
  count: formatCount,
  integer: String,
  bytes: (value) => (value < 2 ** 20 ? `${formatNumber(value / 1024, 3)} KiB` : `${formatMiB(value)} MiB`),
  milliseconds: (value) => `${formatNumber(value, 3)} ms`,
  seconds: formatSeconds,
  number: formatNumber,
};

/** @param options `all`: settings that are alike as well */
export function comparedTable(trials: readonly TrialDetail[], { all = false }: { all?: boolean }): string {
  const rows = comparedTrials(trials);
  const settings = rows.filter(({ part, differs }) => part === 'setting' && (all || differs));
  const results = rows.filter(({ part }) => part === 'result');
  const names = comparedNames(trials);
  const columns = (title: string) => [
    { title, value: (row: ComparedRow) => row.title },
    ...names.map((name, at) => ({
      title: name,
      right: true,
      value: (row: ComparedRow) => comparedText(row, row.values[at]!, comparedFormats),
    })),
  ];
  return [
    settings.length > 0 ? table(settings, columns('setting')) : 'They differ in no setting.',
    table(results, columns('result')),
  ].join('\n\n');
}
