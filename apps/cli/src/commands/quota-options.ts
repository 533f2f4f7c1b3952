/** @file Quotas of a project or a key, as options and in tables. */
import { QuotaChange, type Quotas, type Usage } from '@rankforge/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { usage } from '../exit-codes.js';
import { formatMiB } from '../output/format.js';
import type { Column } from '../output/table.js';
import { checked, wholeNumber } from './options.js';

/** Null cannot be told from a missing value here: commander replaces it. */
type Limit = number | 'none';

export interface QuotaOptions {
  runningTrials?: Limit;
  reservedMib?: Limit;
  storedMib?: Limit;
}

export function withQuotaOptions(command: Command): Command {
  return command
    .option('--running-trials <n>', 'trials that may run at once', limit)
    .option('--reserved-mib <MiB>', 'device memory that running trials may reserve at once', limit)
    .option('--stored-mib <MiB>', 'MiB of data sets, imported adapters, artifacts and runs trained elsewhere', limit);
}

/** The quotas that were named. */
export const quotasOf = ({ runningTrials, reservedMib, storedMib }: QuotaOptions): QuotaChange =>
  checked(QuotaChange, {
    maxRunningTrials: quota(runningTrials),
    maxReservedMiB: quota(reservedMib),
    maxStoredMiB: quota(storedMib),
  });

/** The quotas that are to be set. @throws CommandError where none is named */
export function quotasToSet(options: QuotaOptions): QuotaChange {
  const quotas = quotasOf(options);
  if (Object.values(quotas).every((value) => value === undefined))
    throw usage('name at least one quota to set: --running-trials, --reserved-mib or --stored-mib');
  return quotas;
}

const quota = (limit: Limit | undefined) => (limit === 'none' ? null : limit);

function limit(text: string): Limit {
  if (text === 'none') return text;
  try {
    return wholeNumber(text);
  } catch {
    throw new InvalidArgumentError('expected a whole number, or none.');
  }
}

const of = (used: string, most: number | null, unit = '') =>
  `${used}${unit} of ${most === null ? 'any' : `${most}${unit}`}`;

/** What is used of each quota. */
export const usageColumns: Column<{ usage: Usage; quotas: Quotas }>[] = [
  { title: 'running', value: ({ usage, quotas }) => of(String(usage.runningTrials), quotas.maxRunningTrials) },
  { title: 'waiting', value: ({ usage }) => String(usage.waitingTrials) },
  {
    title: 'reserved',
    value: ({ usage, quotas }) => of(formatMiB(usage.reservedBytes), quotas.maxReservedMiB, ' MiB'),
  },
  { title: 'stored', value: ({ usage, quotas }) => of(formatMiB(usage.storedBytes), quotas.maxStoredMiB, ' MiB') },
];
