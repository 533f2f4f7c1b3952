/** @file JSON lines: one object per line, whose keys are the columns. */
import { deepestJson, isTooDeep } from '@rankforge/contracts';
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { utf8 } from './utf8.js';

/** @throws DatasetError (while rows are read) naming the line */
export async function openJsonLines(source: Source): Promise<Table> {
  const columns = new Set<string>();
  async function* rows(): AsyncGenerator<Row> {
    let number = 0;
    for await (const line of linesOf(source)) {
      number++;
      if (line.trim() === '') continue;
      const cells = objectOf(line, source, `line ${number}`);
      if (columns.size < limits.columns)
        for (const key of Object.keys(cells).slice(0, limits.columns)) columns.add(key);
      yield { where: `line ${number}`, cells };
    }
  }
  return { columns: () => [...columns], rows: rows() };
}

function objectOf(line: string, { name }: Source, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new DatasetError(name, where, '/file', `not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  return cellsOf(value, { name }, where, longWhole.test(line));
}

/**
 * The cells of a row that is an object.
 *
 * @param mayRound whether a number of it may have been read as another one
 * @throws DatasetError where it is no object, is nested too deep, or has such a number
 */
export function cellsOf(
  value: unknown,
  { name }: Pick<Source, 'name'>,
  where: string,
  mayRound = true,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DatasetError(name, where, '/file', 'expected an object such as {"text": "…"}');
  }
  const cells = value as Record<string, unknown>;
  if (isTooDeep(cells)) {
    const deep = Object.keys(cells).find((column) => isTooDeep({ cell: cells[column] }));
    throw new DatasetError(
      name,
      `${where}, column "${deep}"`,
      '/file',
      `is nested deeper than ${deepestJson} lists and objects`,
    );
  }
  const rounded = mayRound && Object.keys(cells).find((column) => isRounded(cells[column]));
  if (rounded) {
    const problem = 'holds a whole number beyond 2⁵³, which is read as another one; write it in quotes';
    throw new DatasetError(name, `${where}, column "${rounded}"`, '/file', problem);
  }
  return cells;
}

/** A whole number, written without an exponent, that a float of 64 bits may not hold. */
const longWhole = /(?<![\d.])\d{16,}(?![\d.eE])/;

const isRounded = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).some(isRounded)
    : Number.isInteger(value) && !Number.isSafeInteger(value);

/** Lines of a file, none of them kept; \r\n counts as one break. */
export async function* linesOf(source: Source, longest: number = limits.rowCharacters): AsyncGenerator<string> {
  let rest = '';
  let number = 1;
  for await (const chunk of utf8(source)) {
    const lines = chunk.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    for (const line of lines) {
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
      number++;
    }
    if (rest.length > longest) {
      throw new DatasetError(source.name, `line ${number}`, '/file', `the line is longer than ${longest} characters`);
    }
  }
  if (rest !== '') yield rest;
}
