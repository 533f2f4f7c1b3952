/** @file Columns of a table that leaves the platform as a file. */

/** A value as a program reads it. */
export type ExportValue = string | number | boolean | null;

export interface ExportColumn<Row> {
  /** Its name in the first line of CSV; absent: people read it alone. */
  name?: string;
  /** Above a table for people; absent: it is in CSV alone. */
  title?: string;
  /** Numbers stand under each other. */
  right?: boolean;
  value(row: Row, index: number): ExportValue;
  /** The text that people read. Default: the value, and a dash for none. */
  text?(row: Row, index: number): string;
}

/** A table for people: a sentence above it, and one below. */
export interface ExportTable<Row> {
  rows: readonly Row[];
  columns: readonly ExportColumn<Row>[];
  caption: string;
  note?: string | undefined;
}

/** The columns that people read, and what each says of a row. */
export function forPeople<Row>({ columns }: Pick<ExportTable<Row>, 'columns'>) {
  return columns.flatMap(({ title, right = false, value, text }) => {
    if (title === undefined) return [];
    const own = (row: Row, index: number) => String(value(row, index) ?? '–');
    return [{ title, right, cell: (row: Row, index: number) => (text ?? own)(row, index).replaceAll(/\s+/g, ' ') }];
  });
}
