/** @file CSV as RFC 4180 has it: the first row names the columns. */
import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { utf8 } from './utf8.js';

/** What a code of csv-parse means for whoever made the file. */
const problems: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  INVALID_OPENING_QUOTE:
    'a quote stands inside a field that does not begin with one; quote the field and double the quote',
  CSV_INVALID_CLOSING_QUOTE: 'after the closing quote of a field comes something else than a comma or a line break',
  CSV_RECORD_INCONSISTENT_COLUMNS: 'the row has more or fewer fields than the header has columns',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'the row has more or fewer fields than the header has columns',
  CSV_MAX_RECORD_SIZE: `the row is longer than ${limits.rowCharacters} characters`,
};

/** @throws DatasetError (while rows are read) naming the line */
export async function openCsv(source: Source): Promise<Table> {
  let columns: string[] = [];
  const parser = parse({
    columns: (header: string[]) => {
      columns = checkedColumns(header, source);
      return columns;
    },
    info: true,
    skip_empty_lines: true,
    max_record_size: limits.rowCharacters,
  });
  const input = Readable.from(utf8(source));
  input.once('error', (error) => parser.destroy(error));
  input.pipe(parser);
  async function* rows(): AsyncGenerator<Row> {
    try {
      for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: Record<string, string> }>) {
        yield { where: `line ${info.lines}`, cells: record };
      }
    } catch (error) {
      throw error instanceof CsvError ? inWords(error, source) : error;
    } finally {
      input.destroy();
    }
  }
  return { columns: () => columns, rows: rows() };
}

/** @throws DatasetError for columns that cannot be told apart, or too many */
export function checkedColumns(header: readonly string[], { name }: Source): string[] {
  if (header.length > limits.columns) {
    throw new DatasetError(name, 'line 1', '/file', `${header.length} columns; at most ${limits.columns} are read`);
  }
  const columns = header.map((column) => column.trim());
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) {
    throw new DatasetError(name, 'line 1', '/file', `two columns are called "${repeated.slice(0, 80)}"`);
  }
  return columns;
}

function inWords(error: CsvError, { name }: Source): DatasetError {
  const line = (error as CsvError & { lines?: number }).lines;
  const problem = problems[error.code] ?? error.message;
  return new DatasetError(name, line === undefined ? undefined : `line ${line}`, '/file', problem, { cause: error });
}
