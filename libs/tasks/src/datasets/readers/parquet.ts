/** @file Parquet, one group of rows at a time and only the columns that are asked for. */
import { open } from 'node:fs/promises';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { requireFile } from './require-file.js';

const magic = 'PAR1';

/** Rows that are decoded at a time. */
const chunk = 1000;

/** @throws DatasetError for a file that is not Parquet, or a wanted column that is nested otherwise than as a list of values */
export async function openParquet(source: Source, wanted?: readonly string[]): Promise<Table> {
  await requireMagic(source);
  const file = await asyncBufferFromFile(source.path);
  const metadata = await damaged(source, 'its footer', () => parquetMetadataAsync(file));
  requireRows(source, metadata);
  const fields = await damaged(source, 'its schema', async () => parquetSchema(metadata).children);
  const names = fields.map(({ element }) => element.name);
  if (names.length > limits.columns) {
    throw new DatasetError(
      source.name,
      undefined,
      '/file',
      `${names.length} columns; at most ${limits.columns} are read`,
    );
  }
  const flat = fields.filter((field) => isFlat(field) || isList(field, isRead)).map(({ element }) => element.name);
  const nested = wanted?.find((column) => names.includes(column) && !flat.includes(column));
  if (nested !== undefined) {
    const has = fields.find(({ element }) => element.name === nested)!.children.map(({ element }) => element.name);
    const problem = `is nested (it holds ${has.join(', ')}); write it as a column of its own`;
    throw new DatasetError(source.name, `column "${nested}"`, '/file', problem);
  }
  const columns = flat.filter((name) => wanted === undefined || wanted.includes(name));
  async function* rows(): AsyncGenerator<Row> {
    for (let start = 0; start < rowsOf(metadata); start += chunk) {
      const rowEnd = Math.min(start + chunk, rowsOf(metadata));
      const part = { file, metadata, columns, rowStart: start, rowEnd, compressors, utf8: false };
      const objects = await damaged(source, `rows ${start + 1} to ${rowEnd}`, () => parquetReadObjects(part));
      for (const [index, cells] of objects.entries()) {
        const where = `row ${start + index + 1}`;
        yield { where, cells: withTexts(cells, source, where) };
      }
    }
  }
  return { columns: () => names, rows: columns.length > 0 ? rows() : none() };
}

const isFlat = ({ children }: SchemaTree) => children.length === 0;

/** A list, as the format's specification has it: a group that repeats a group of one element. */
const isList = (
  { element: { converted_type, logical_type }, children: [list, ...more] }: SchemaTree,
  holds: (element: SchemaTree) => boolean,
) =>
  (converted_type === 'LIST' || logical_type?.type === 'LIST') &&
  more.length === 0 &&
  list!.children.length === 1 &&
  list!.children.every(holds);

/** A value, or an object of values, lists and objects: a message of a conversation, say. */
const isRead = (field: SchemaTree): boolean => isFlat(field) || isList(field, isRead) || field.children.every(isRead);

/** Whole numbers of 64 bits in a list. One that a number cannot hold stays as it is written. */
const numberOrText = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

/** What stands in a list or an object. */
function inner(value: unknown): unknown {
  if (typeof value === 'bigint') return numberOrText(value);
  if (value instanceof Uint8Array) return strict.decode(value);
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one)]));
}

/** Bytes that the file does not call text are text where they are UTF-8. */
function withTexts(cells: Record<string, unknown>, { name }: Source, where: string): Record<string, unknown> {
  for (const [column, cell] of Object.entries(cells)) {
    try {
      if (Array.isArray(cell)) cells[column] = inner(cell);
      if (cell instanceof Uint8Array) cells[column] = strict.decode(cell);
    } catch (cause) {
      const problem = 'holds bytes that are not UTF-8; write them as text, in hexadecimal say';
      throw new DatasetError(name, `${where}, column "${column}"`, '/file', problem, { cause });
    }
  }
  return cells;
}

const strict = new TextDecoder('utf-8', { fatal: true });

async function* none(): AsyncGenerator<Row> {}

const rowsOf = ({ num_rows }: FileMetaData) => Number(num_rows);

/** Refuses a footer whose number of rows is not that of its groups of rows: it would be believed for as many steps. */
function requireRows({ name }: Source, { num_rows, row_groups }: FileMetaData): void {
  const rows = row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (rows === num_rows) return;
  const problem = `its footer says ${num_rows} rows, and its groups of rows have ${rows}; write the file anew`;
  throw new DatasetError(name, undefined, '/file', problem);
}

async function requireMagic(source: Source): Promise<void> {
  await requireFile(source);
  const { path, name } = source;
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
    if (size === 0) throw new DatasetError(name, undefined, '/file', 'the file is empty');
    await handle.read(head, 0, 4, 0);
    await handle.read(tail, 0, 4, Math.max(0, size - 4));
    if (size >= 12 && head.toString('latin1') === magic && tail.toString('latin1') === magic) return;
    const which = head.toString('latin1') === magic ? 'end' : 'begin';
    throw new DatasetError(name, undefined, '/file', `not a whole Parquet file: it does not ${which} with ${magic}`);
  } finally {
    await handle.close();
  }
}

async function damaged<T>({ name }: Source, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    // Fields that are not where they should be end the reader by accident, in words that say nothing of the file.
    const isAccident = cause instanceof TypeError || cause instanceof RangeError;
    const why = isAccident ? 'it is damaged; write the file anew' : (cause as Error).message;
    throw new DatasetError(name, undefined, '/file', `${what} cannot be read: ${why}`, { cause });
  }
}
