/** @file What a chaos run found, for people and for programs. */
import { cpus, totalmem } from 'node:os';
import type { HistoryReport } from '@rankforge/db';
import type { LeftOut } from './machine.js';
import type { ChaosOptions } from './options.js';
import type { Ended } from './program.js';
import type { Struck } from './run.js';
import { type FaultKind, faultKindNames, faultKinds } from './schedule.js';

export interface ChaosReport {
  command: string;
  machine: string;
  options: Omit<ChaosOptions, 'out' | 'runs'>;
  partitions: string;
  leftOut: readonly LeftOut[];
  trials: { total: number; byState: Readonly<Record<string, number>> };
  faults: readonly Struck[];
  attempts: { total: number; byOutcome: Readonly<Record<string, number>>; resumed: number; most: number };
  seconds: { calm: number; chaos: number };
  /** Programs that ended though no fault killed them, and were started again. */
  endedByThemselves: readonly Ended[];
  history: Omit<HistoryReport, 'problems'>;
  /** Empty when all is well. */
  problems: readonly string[];
}

export function machineText(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

export const countBy = <T>(values: readonly T[], name: (value: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[name(value)] = (counts[name(value)] ?? 0) + 1;
  return counts;
};

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

export function asMarkdown(report: ChaosReport): string {
  const { options, trials, faults, attempts, seconds, history, problems } = report;
  const kinds = faultKindNames.map((kind) =>
    rowOf(
      kind,
      faults.filter((fault) => fault.kind === kind),
    ),
  );
  return [
    `# Chaos, seed ${options.seed}: ${problems.length === 0 ? 'sound' : `${problems.length} problem(s)`}`,
    '',
    `\`${report.command}\` on ${report.machine}. Partitions: ${report.partitions}.`,
    ...report.leftOut.map(({ kind, why }) => `Left out: ${kind} (${why}).`),
    '',
    '| fault | struck | seconds until healed | what it is |',
    '| --- | ---: | ---: | --- |',
    ...kinds,
    '',
    `- ${trials.total} trials: ${listed(trials.byState)}`,
    `- ${attempts.total} attempts: ${listed(attempts.byOutcome)}; ${attempts.resumed} went on from a checkpoint; at most ${attempts.most} for one trial`,
    `- ${seconds.chaos.toFixed(0)} s under faults, ${seconds.calm.toFixed(0)} s without`,
    `- history: ${history.events} events, ${history.metricPoints} metric points`,
    ...endsOf(report.endedByThemselves),
    `- problems: ${problems.length === 0 ? 'none' : ''}`,
    ...problems.map((problem) => `  - ${problem}`),
    '',
  ].join('\n');
}

function endsOf(ended: readonly Ended[]): string[] {
  const names = ended.map(({ program, how }) => `${program} (${how})`).join('; ');
  const logs = ended.flatMap(({ program, lastLines }) => [
    `  - ${program} logged last:`,
    '    ```',
    ...lastLines.map((line) => `    ${line}`),
    '    ```',
  ]);
  return [`- programs that ended by themselves: ${names || 'none'}`, ...logs];
}

function rowOf(kind: FaultKind, struck: readonly Struck[]): string {
  const lengths = struck.map(({ struckAt, healedAt }) => healedAt - struckAt);
  const range = lengths.length === 0 ? '' : `${Math.min(...lengths).toFixed(1)} to ${Math.max(...lengths).toFixed(1)}`;
  return `| ${kind} | ${struck.length} | ${range} | ${faultKinds[kind].about} |`;
}
