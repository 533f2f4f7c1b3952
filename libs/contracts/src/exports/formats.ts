/** @file Formats of a table that leaves the platform as a file. */
import type { ExportTable } from './column.js';
import { csv } from './csv.js';
import { latexTable } from './latex.js';
import { markdownTable } from './markdown.js';

const writers = {
  csv: <Row>({ rows, columns }: ExportTable<Row>) => csv(rows, columns),
  markdown: markdownTable,
  latex: latexTable,
};

export type TableFormat = keyof typeof writers;
export const tableFormats = Object.keys(writers) as TableFormat[];

/** A table in a format. Caption and note are for people; CSV has rows alone, which programs read. */
export const tableExport = <Row>(format: TableFormat, table: ExportTable<Row>): string => writers[format](table);
