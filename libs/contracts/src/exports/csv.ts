import type { ExportColumn, ExportValue } from './column.js';

/** Characters with which a cell of text would begin a formula in a spreadsheet. */
const beginsFormula = /^[=+\-@\t\r]/;

/**
 * A table as RFC 4180 has it, a line for each row and the names of the columns above them. Text that a spreadsheet would take for a
 * formula has an apostrophe before it; numbers stay as they are, and what is not known is empty.
 *
 * @example csv([{ name: 'a,b', score: -1 }], [{ name: 'name', value: ({ name }) => name }, { name: 'score', value: ({ score }) => score }])
 * // 'name,score\r\n"a,b",-1\r\n'
 */
export const csv = <Row>(rows: readonly Row[], columns: readonly ExportColumn<Row>[]): string =>
  csvHead(columns) + csvLines(rows, columns);

/** The names of the columns. */
export const csvHead = <Row>(columns: readonly ExportColumn<Row>[]): string =>
  line(columns.flatMap(({ name }) => name ?? []));

/**
 * The rows without the names of their columns, for tables that are written a part at a time.
 *
 * @param from the index of the first
 */
export const csvLines = <Row>(rows: readonly Row[], columns: readonly ExportColumn<Row>[], from = 0): string =>
  rows
    .map((row, index) =>
      line(columns.flatMap(({ name, value }) => (name === undefined ? [] : [value(row, from + index)]))),
    )
    .join('');

const line = (cells: readonly ExportValue[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: ExportValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const inert = beginsFormula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
