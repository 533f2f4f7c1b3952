/** @file A report as blocks in the order in which they are read; each format writes every kind of block. */
import { type ExportColumn, forPeople } from '@rankforge/contracts';

/** Characters of one cell, sentence or fact at most: names and reasons come from people and programs. */
const textAtMost = 1_000;

/** Rows of a table at most, and points of a plot. */
export const rowsAtMost = 100;

export interface ReportTable {
  caption: string;
  head: readonly { title: string; right: boolean }[];
  cells: readonly (readonly string[])[];
  /** Says how many rows were left out, and how to read the others. */
  note: string | undefined;
}

export interface PlottedRow {
  name: string;
  score: number;
  interval: readonly [number, number] | null;
  /** Letters of the groups that it is in. */
  group: string;
  /** It leads, or cannot be told apart from what leads. */
  leads: boolean;
}

export interface Plot {
  metric: string;
  rows: readonly PlottedRow[];
  references: readonly number[];
  ends: { min: number; max: number };
}

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'answer'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'facts'; facts: readonly (readonly [name: string, value: string])[] }
  | { kind: 'table'; table: ReportTable }
  | { kind: 'plot'; plot: Plot }
  | { kind: 'code'; title: string; text: string };

export interface Report {
  title: string;
  blocks: readonly Block[];
}

/** A text as a report has it: no longer than a reader wants, on one line. */
export function clipped(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > textAtMost
    ? `${line.slice(0, textAtMost)}… (${line.length - textAtMost} characters left out)`
    : line;
}

/** A list of items, of which the first are shown and the others counted. */
export function listOf(items: readonly string[]): Block[] {
  if (items.length === 0) return [];
  const further = items.length - rowsAtMost;
  const shown = items.slice(0, rowsAtMost).map(clipped);
  return [{ kind: 'list', items: further > 0 ? [...shown, `${further} more are left out.`] : shown }];
}

/** A table of the first rows; nothing where there is none. */
export function tableOf<Row>(
  rows: readonly Row[],
  { caption, columns, note }: { caption: string; columns: readonly ExportColumn<Row>[]; note?: string | undefined },
): Block[] {
  if (rows.length === 0) return [];
  const shown = forPeople({ columns });
  const left = rows.length - rowsAtMost;
  const cells = rows.slice(0, rowsAtMost).map((row, index) => shown.map(({ cell }) => clipped(cell(row, index))));
  const leftOut = left > 0 ? [`${left} of ${rows.length} rows are left out.`] : [];
  const said = [...leftOut, note ?? []].flat().join(' ');
  const table = { caption: clipped(caption), head: shown.map(({ title, right }) => ({ title, right })), cells };
  return [{ kind: 'table', table: { ...table, note: said === '' ? undefined : clipped(said) } }];
}
