/** @file CSV as RFC 4180 has it: the first row names the columns. */
import { Readable } from 'node:stream';
import { CsvError, type Info, type Parser, parse } from 'csv-parse';
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
export const openCsv = (source: Source): Promise<Table> => openSeparated(source, ',');

/**
 * A table of cells between commas, or between another sign, as spreadsheets write where the comma is that of decimals.
 * @throws DatasetError (while rows are read) naming the line
 */
export async function openSeparated(source: Source, separator: string): Promise<Table> {
  let columns: string[] = [];
  /** The last line of the last row that could be read. */
  let endOfLastRow = 0;
  const parser: Parser = parse({
    columns: (header: string[]) => {
      endOfLastRow = parser.info.lines;
      columns = checkedColumns(header, source);
      return columns;
    },
    delimiter: separator,
    info: true,
    skip_empty_lines: true,
    // By the first line alone, rows that break otherwise than the header would be one row.
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: limits.rowCharacters,
    on_record: (record: Record<string, string>, { lines }: { lines: number }) => {
      endOfLastRow = lines;
      return record;
    },
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
      throw error instanceof CsvError ? await inWords(error, source, { endOfLastRow, separator }) : error;
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

/** Problems that a quote of an earlier line may be the cause of. */
const problemsOfQuotes = ['CSV_QUOTE_NOT_CLOSED', 'CSV_INVALID_CLOSING_QUOTE', 'CSV_MAX_RECORD_SIZE'];

interface Place {
  endOfLastRow: number;
  separator: string;
}

async function inWords(error: CsvError, source: Source, place: Place): Promise<DatasetError> {
  const { endOfLastRow } = place;
  const { lines: line, code } = error as CsvError & { lines?: number };
  const problem = problems[code] ?? error.message;
  const failed = (where: string | undefined, what: string) =>
    new DatasetError(source.name, where, '/file', what, { cause: error });
  if (line === undefined) return failed(undefined, problem);
  const opened = problemsOfQuotes.includes(code) ? await openQuote(source, place) : undefined;
  if (opened !== undefined && opened < line) {
    const seen = code === 'CSV_QUOTE_NOT_CLOSED' ? problem : `a quote is opened, and at line ${line}: ${problem}`;
    return failed(`line ${opened}`, seen);
  }
  // A row of several lines: the quote that made it so stands in one of them.
  const isLong = code.startsWith('CSV_RECORD_INCONSISTENT') && endOfLastRow + 1 < line;
  return failed(isLong ? `lines ${endOfLastRow + 1} to ${line}` : `line ${line}`, problem);
}

/** The line of the quote that was open where reading failed, after the last row that was read; undefined when none was. */
async function openQuote(source: Source, { endOfLastRow, separator }: Place): Promise<number | undefined> {
  let line = 1;
  let opened: number | undefined;
  /** A quote within a quoted field is doubled, or closes it; the next character tells. */
  let isClosing = false;
  for await (const text of utf8(source)) {
    for (const character of text) {
      if (line > endOfLastRow) {
        if (isClosing && character !== '"') {
          if (character !== separator && character !== '\r' && character !== '\n') return opened;
          opened = undefined;
        }
        if (character === '"' && opened === undefined) opened = line;
        else isClosing = character === '"' && !isClosing;
      }
      if (character === '\n') line += 1;
    }
  }
  return opened;
}
