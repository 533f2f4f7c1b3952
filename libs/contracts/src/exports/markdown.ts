import { printable } from '../shown-text.js';
import { type ExportTable, forPeople } from './column.js';

/** A table in Markdown, with its caption in bold above it. */
export function markdownTable<Row>(table: ExportTable<Row>): string {
  const columns = forPeople(table);
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  return [
    `**${markdownText(table.caption)}**`,
    '',
    line(columns.map(({ title }) => title)),
    `| ${columns.map(({ right }) => (right ? '---:' : '---')).join(' | ')} |`,
    ...table.rows.map((row, index) => line(columns.map(({ cell }) => cell(row, index)))),
    ...(table.note ? ['', markdownText(table.note)] : []),
    '',
  ].join('\n');
}

/** Text as it is, whatever Markdown would make of it. @example markdownText('a|b_c') // 'a\\|b\\_c' */
export const markdownText = (text: string): string =>
  printable(text).replaceAll(/[\\`*_[\]<>|#~]/g, (character) => `\\${character}`);
