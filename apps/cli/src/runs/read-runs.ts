/** @file Runs that were trained elsewhere, from a file of JSON, JSONL or CSV, as what the API takes. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { ElsewhereRun, flatIssues, MIB } from '@rankforge/contracts';
import { DatasetError, openCsv } from '@rankforge/tasks';
import type { z } from 'zod';
import { CommandError, exitCode, usage } from '../exit-codes.js';

/** A run and where it stands in its file, e.g. `line 3`. */
export interface ReadRun {
  where: string;
  run: ElsewhereRun;
}

type Cells = Readonly<Record<string, unknown>>;

const fields = Object.keys(ElsewhereRun.shape);
/** Other names of fields, and what their numbers are multiplied by. */
const otherNames: Readonly<Record<string, { field: string; times?: number }>> = {
  lr: { field: 'learningRate' },
  r: { field: 'rank' },
  params: { field: 'trainableParameters' },
  peakMib: { field: 'peakBytes', times: MIB },
  peakMiB: { field: 'peakBytes', times: MIB },
  adapterMib: { field: 'adapterBytes', times: MIB },
  adapterMiB: { field: 'adapterBytes', times: MIB },
};
const texts = ['method', 'optimizer', 'device', 'outcome', 'reason'];

/**
 * The runs of a file. Names of fields are those of the API or the same in snake_case. A column that is none of them is a setting of the
 * configuration, and so is one that begins with `config.`.
 *
 * @throws CommandError naming the file, the line and the field of the first runs that are wrong
 */
export async function readRuns(file: string): Promise<ReadRun[]> {
  const rows = await rowsOf(file);
  if (rows.length === 0) throw usage(`${file} holds no run`);
  const wrong: string[] = [];
  const runs = rows.flatMap(({ where, cells, isText }): ReadRun[] => {
    const parsed = ElsewhereRun.safeParse(runOf(cells, isText));
    if (parsed.success) return [{ where, run: parsed.data }];
    wrong.push(...problemsOf(parsed.error).map((problem) => `${file}, ${where}: ${problem}`));
    return [];
  });
  if (wrong.length === 0) return runs;
  const named = wrong.slice(0, 10);
  const more = wrong.length > named.length ? [`and ${wrong.length - named.length} more`] : [];
  throw new CommandError([...named, ...more].join('\n'), exitCode.usage);
}

const problemsOf = (error: z.ZodError): string[] =>
  flatIssues(error.issues).map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));

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
    const table = await openCsv({ path: file, name: basename(file) });
    for await (const { where, cells } of table.rows) rows.push({ where, cells, isText: true });
    return rows;
  } catch (cause) {
    if (cause instanceof DatasetError) throw new CommandError(cause.message, exitCode.usage, { cause });
    throw unreadable(file, cause);
  }
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
  const value = parsed(text, file);
  const all = isRun(value) && Array.isArray(value.runs) ? value.runs : value;
  if (!Array.isArray(all)) throw usage(`${file}: expected a list of runs, or an object with a list called runs`);
  return all.map((each, index) => row(each, `run ${index + 1}`));
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${where}: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

function unreadable(file: string, cause: unknown): CommandError {
  return new CommandError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, exitCode.usage, {
    cause,
  });
}

/** A run in the names of the API. What has no value is left out: an empty cell, or null. */
function runOf(cells: Cells, isText: boolean): Cells {
  const config: Record<string, unknown> = {};
  const run: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (cell === null || cell === '') continue;
    const camel = name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const { field, times } = otherNames[camel] ?? { field: camel };
    const value = isText && !texts.includes(field) ? cellValue(String(cell)) : cell;
    if (name === 'config' && typeof value === 'object') Object.assign(config, value);
    else if (fields.includes(field))
      run[field] = times && typeof value === 'number' ? Math.round(value * times) : value;
    else config[name.replace(/^config\./, '')] = value;
  }
  return Object.keys(config).length > 0 ? { ...run, config } : run;
}

/** A cell of a table: a number, a truth value, a list, or its text. */
function cellValue(text: string): unknown {
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed) || trimmed === 'true' || trimmed === 'false') {
    try {
      return JSON.parse(trimmed);
    } catch {
      return text;
    }
  }
  const number = Number(trimmed);
  return trimmed !== '' && Number.isFinite(number) ? number : text;
}
