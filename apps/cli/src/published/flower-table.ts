/** @file Tables of FlowerTune leaderboards, in Markdown or JSON, as what the API reads. */
import type { FlowerTable } from '@rankforge/contracts';
import { CommandError, exitCode } from '../exit-codes.js';

/** Facts of an entry besides its scores, by the headings that tables use. */
const headings: Readonly<Record<string, string>> = {
  rank: 'rank',
  team: 'team',
  model: 'model',
  'base model': 'model',
  'comm. costs': 'communication',
  average: 'average',
  avg: 'average',
  date: 'date',
};
/** Columns that hold links and nothing else. */
const passedOver = new Set(['code', 'link']);

type Row = Record<string, string | number>;

/**
 * The body of a request from the text of a file: a JSON array of rows by heading, or the one Markdown table in it.
 *
 * @throws CommandError where there is no such table, naming what was found
 */
export function flowerTable(text: string, file: string): FlowerTable {
  const rows = text.trimStart().startsWith('[') ? jsonRows(text, file) : markdownRows(text, file);
  // The API says what is wrong with a row.
  return { entries: rows.map((row) => entryOf(row)) } as unknown as FlowerTable;
}

function entryOf(row: Row): object {
  const entry: Record<string, unknown> = {};
  const scores: Record<string, unknown> = {};
  for (const [heading, value] of Object.entries(row)) {
    // Arrows say which way is better.
    const name = heading.replace(/\(?[↑↓]\)?/g, '').trim();
    const field = headings[name.toLowerCase()];
    if (passedOver.has(name.toLowerCase()) || value === '') continue;
    if (field === 'rank' || field === 'average') entry[field] = numberOf(value);
    else if (field) entry[field] = String(value);
    else scores[name] = numberOf(value);
  }
  return { ...entry, scores };
}

/** A number, also of a percentage; what is none stays, for the API to name it. */
function numberOf(value: string | number): string | number {
  const number = Number(String(value).replace(/%$/, ''));
  return Number.isFinite(number) ? number : value;
}

function jsonRows(text: string, file: string): Row[] {
  try {
    return JSON.parse(text) as Row[];
  } catch (cause) {
    throw new CommandError(`${file} is not JSON: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

function markdownRows(text: string, file: string): Row[] {
  const lines = text.split('\n').map((line) => line.trim());
  const tables = lines.flatMap((line, index) => (isRule(line) && lines[index - 1]?.includes('|') ? [index] : []));
  if (tables.length !== 1) {
    throw new CommandError(
      `${file} holds ${tables.length === 0 ? 'no table' : `${tables.length} tables`}: expected one Markdown table with a line of headings, or a JSON array`,
      exitCode.usage,
    );
  }
  const rule = tables[0]!;
  const names = cells(lines[rule - 1]!);
  const body = lines.slice(rule + 1);
  const end = body.findIndex((line) => !line.includes('|'));
  return body.slice(0, end < 0 ? body.length : end).map((line, index) => {
    const values = cells(line);
    if (values.length !== names.length) {
      throw new CommandError(
        `${file}: row ${index + 1} has ${values.length} cells, and there are ${names.length} headings`,
        exitCode.usage,
      );
    }
    return Object.fromEntries(names.map((name, at) => [name, values[at]!]));
  });
}

/** The line between headings and rows. */
const isRule = (line: string) => line.includes('-') && line.includes('|') && /^[|:\-\s]+$/.test(line);

const cells = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => plain(cell.trim()));

/** Text without emphasis, and of a link its words. */
const plain = (cell: string) =>
  cell
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`/g, '')
    .trim();
