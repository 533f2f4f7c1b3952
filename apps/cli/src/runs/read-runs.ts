/** @file Runs that were trained elsewhere, from a file of JSON, JSONL or CSV, as what the API takes. */
import { open, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  ElsewhereRun,
  flatIssues,
  isOwnKey,
  parseJson,
  refusedKey,
  refusedName,
  repeatedRuns,
  repeatedText,
} from '@rankforge/contracts';
import { DatasetError, openSeparated } from '@rankforge/tasks';
import type { z } from 'zod';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { type Cells, fieldOf, runOf } from './run-of.js';

/** A run and where it stands in its file, e.g. `line 3`. */
export interface ReadRun {
  where: string;
  run: ElsewhereRun;
}

/** Columns of which a table has one at least. */
const neededColumns = [['method'], ['score', 'examples', 'outcome']];

/**
 * The runs of a file. Names of fields are those of the API, however they are parted and capitalized. A column that is none of them is a
 * setting of the configuration, and so is one that begins with `config.`.
 *
 * @throws CommandError naming the file, the line and the field of the first runs that are wrong
 */
export async function readRuns(file: string): Promise<ReadRun[]> {
  const rows = await rowsOf(file);
  if (rows.length === 0) throw usage(`${file} holds no run`);
  const wrong: string[] = [];
  const runs = rows.flatMap(({ where, cells, isText }): ReadRun[] => {
    const refused = refusedKey(cells);
    if (refused !== undefined) {
      wrong.push(`${file}, ${where}: a setting ${refusedName(refused)}`);
      return [];
    }
    const { run, wrong: own } = runOf(cells, isText);
    wrong.push(...own.map((problem) => `${file}, ${where}: ${problem}`));
    const parsed = ElsewhereRun.safeParse(run);
    if (parsed.success) return [{ where, run: parsed.data }];
    wrong.push(...problemsOf(parsed.error).map((problem) => `${file}, ${where}: ${problem}`));
    return [];
  });
  // Said where runs are as they should be: a fault may be that of a name.
  if (wrong.length === 0) wrong.push(...repeats(file, runs));
  if (wrong.length === 0) return runs;
  const named = wrong.slice(0, 10);
  const more = wrong.length > named.length ? [`and ${wrong.length - named.length} more`] : [];
  throw new CommandError([...named, ...more].join('\n'), exitCode.usage);
}

const problemsOf = (error: z.ZodError): string[] =>
  flatIssues(error.issues).map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));

const repeats = (file: string, runs: readonly ReadRun[]): string[] =>
  repeatedRuns(runs.map(({ run }) => run)).map(
    ({ index, first }) => `${file}, ${runs[index]!.where}: seed: ${repeatedText(runs[first]!.where)}`,
  );

interface FileRow {
  where: string;
  cells: Cells;
  /** Cells are texts, of which numbers are to be read. */
  isText: boolean;
}

function rowsOf(file: string): Promise<FileRow[]> {
  const ending = extname(file).toLowerCase();
  if (ending === '.csv') return csvRows(file);
  if (ending === '.json' || ending === '.jsonl' || ending === '.ndjson') return jsonRows(file, ending !== '.json');
  throw usage(`${file}: expected a file that ends in .json, .jsonl or .csv`);
}

async function csvRows(file: string): Promise<FileRow[]> {
  try {
    const rows: FileRow[] = [];
    const separator = await separatorOf(file);
    const table = await openSeparated({ path: file, name: file }, separator);
    for await (const { where, cells } of table.rows) {
      rows.push({ where, cells: separator === ',' ? cells : withPoints(cells), isText: true });
    }
    const refused = table.columns().find(isOwnKey);
    if (refused !== undefined) throw usage(`${file}: a column ${refusedName(refused)}`);
    requireColumns(file, table.columns());
    return rows;
  } catch (cause) {
    if (cause instanceof DatasetError) throw new CommandError(cause.message, exitCode.usage, { cause });
    if (cause instanceof CommandError) throw cause;
    throw unreadable(file, cause);
  }
}

/** Spreadsheets put semicolons between cells where the comma is that of decimals. */
async function separatorOf(file: string): Promise<',' | ';'> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/);
    const count = (sign: string) => header.split(sign).length;
    return count(';') > count(',') ? ';' : ',';
  } finally {
    await handle.close();
  }
}

/** @example withPoints({ score: '0,61' }) // { score: '0.61' } */
const withPoints = (cells: Cells): Cells =>
  Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      /^\s*[-+]?\d+,\d+(?:e[-+]?\d+)?\s*$/i.test(String(cell)) ? String(cell).replace(',', '.') : cell,
    ]),
  );

function requireColumns(file: string, columns: readonly string[]): void {
  const found = columns.map((column) => fieldOf(column)?.field);
  const missing = neededColumns.find((either) => !either.some((field) => found.includes(field)));
  if (!missing) return;
  throw usage(
    `${file} has no column ${missing.join(' or ')}: rename the one that is meant; its columns are ${columns.join(', ')}`,
  );
}

async function jsonRows(file: string, isLines: boolean): Promise<FileRow[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const isRun = (value: unknown): value is Cells =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const row = (value: unknown, where: string): FileRow => {
    if (!isRun(value)) throw usage(`${file}, ${where}: expected an object with the fields of a run`);
    return { where, cells: value, isText: false };
  };
  if (isLines) {
    const lines = text.split('\n').map((line, index) => ({ line: line.trim(), where: `line ${index + 1}` }));
    return lines
      .filter(({ line }) => line !== '')
      .map(({ line, where }) => row(parsed(line, `${file}, ${where}`), where));
  }
  const value = parsed(text.trim(), file);
  const all = isRun(value) && Array.isArray(value.runs) ? value.runs : value;
  if (!Array.isArray(all)) throw usage(`${file}: expected a list of runs, or an object with a list called runs`);
  return all.map((each, index) => row(each, `run ${index + 1}`));
}

function parsed(text: string, where: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const advice = /\b(?:NaN|Infinity)\b/.test(text)
      ? '; JSON has no NaN: say outcome "failed" and a reason, and no score'
      : '';
    throw new CommandError(`${where}: ${(cause as Error).message}${advice}`, exitCode.usage, { cause });
  }
}

function unreadable(file: string, cause: unknown): CommandError {
  return new CommandError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, exitCode.usage, {
    cause,
  });
}
