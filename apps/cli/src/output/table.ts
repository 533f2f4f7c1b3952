import widthOf from 'fast-string-width';
import pc from 'picocolors';
import { onOneLine } from './printable.js';

export interface Column<T> {
  title: string;
  value: (row: T, index: number) => string | number;
  /** Numbers stand under each other. */
  right?: boolean;
}

/**
 * A table without boxes. Nothing is cut, so that it can be copied and searched; a value of several lines takes one, and control characters
 * of values are replaced.
 *
 * @example table([{ name: 'lora' }], [{ title: 'method', value: ({ name }) => name }]) // 'method\nlora'
 */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const titles = columns.map(({ title }) => pc.bold(title));
  const lines = [titles, ...rows.map((row, index) => columns.map(({ value }) => onOneLine(String(value(row, index)))))];
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => widthOf(cells[at]!))));
  return lines
    .map((cells) => cells.map((cell, at) => padded(cell, widths[at]!, columns[at]!.right)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Columns of a terminal are counted: a colour takes none, and some characters take two. */
function padded(cell: string, width: number, right = false): string {
  const space = ' '.repeat(width - widthOf(cell));
  return right ? space + cell : cell + space;
}
