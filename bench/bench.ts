/** @file What a bench is, and how its figures are shown. */
import { cpus, totalmem } from 'node:os';
import { table } from '@rankforge/cli/table';

export type Cell = string | number | null;

/** Figures of one bench; a row has one cell a column. */
export interface Figures {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** What a reader needs to know to judge the figures: sizes, repetitions, settings. */
  notes: readonly string[];
  /** Figures that are not what others published, and for which no reason is on record: the run then ends with status 1. */
  differences?: readonly string[];
}

export interface Bench {
  /** What is measured, with its unit. */
  title: string;
  run(): Promise<Figures>;
}

/** The machine that the figures hold for. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, ${gib} GiB, Node ${process.version}, ${process.platform} ${process.arch}`;
}

export function asText(bench: Bench, figures: Figures): string {
  const { rows } = figures;
  const columns = figures.columns.map((title, at) => ({
    title,
    right: typeof rows[0]?.[at] === 'number',
    value: (row: readonly Cell[]) => shown(row[at] ?? null),
  }));
  return [bench.title, table(rows, columns), ...figures.notes.map((note) => `  ${note}`), `  ${machine()}`].join('\n');
}

function shown(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'string' || Number.isInteger(cell)) return String(cell);
  return Math.abs(cell) >= 100 ? cell.toFixed(0) : Math.abs(cell) >= 10 ? cell.toFixed(1) : cell.toFixed(2);
}

/**
 * Value below which a share `p` of the samples lies (nearest rank).
 * @example percentile([3, 1, 2], 0.5) // 2
 */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}
