import Table from 'cli-table3';
import pc from 'picocolors';

export interface Column<T> {
  title: string;
  value: (row: T, index: number) => string | number;
  /** Numbers stand under each other. */
  right?: boolean;
}

/** A table without boxes; nothing is cut, so that it can be copied and searched. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const made = new Table({
    head: columns.map((column) => pc.bold(column.title)),
    colAligns: columns.map((column) => (column.right ? 'right' : 'left')),
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row, index) => columns.map((column) => String(column.value(row, index)))));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
