/** @file Rows become examples by the mapping. */
import {
  type DatasetFormat,
  type DatasetMapping,
  type DatasetSplit,
  isStorable,
  type SplitName,
  unstorable,
} from '@rankforge/contracts';
import { requests } from '@rankforge/peft';
import { chatOf, chatsAlone } from './chat-fields.js';
import { MessageProblem, messagesOf } from './conversations.js';
import { DatasetError, RowError } from './dataset-error.js';
import { FaultyRows } from './faulty-rows.js';
import type { CellReader, Fields } from './fields.js';
import { tableFormats } from './formats.js';
import { type Mapping, objectiveReading } from './mapping.js';
import { readImages } from './readers/images.js';
import { type Beside, isFinite32, limits, type OpenTable, type Row, type Source } from './source.js';

export interface Example {
  /** Where it stands in the source. */
  where: string;
  /** The split that a column names. */
  side?: SplitName;
  /** Where it is from, by column. */
  origins?: Record<string, string>;
  fields: Fields;
}

export interface ReadOptions {
  source: Source;
  format: DatasetFormat;
  mapping: DatasetMapping;
  split: DatasetSplit;
  /** Rows with an empty cell are left out, in place of being refused. */
  skipEmpty?: boolean;
  /** It is one site of several: a class may have no example here. */
  ofSite?: boolean;
}

/**
 * Examples in the order of the source. Rows that cannot be read are told together, once all were looked at.
 *
 * @param beside is told what is in no row, once all are read
 * @param faulty is told the rows that cannot be read
 * @throws DatasetError naming where it stands and the field of the request
 */
export async function* readExamples(
  { source, format, split, skipEmpty = false }: Omit<ReadOptions, 'mapping'>,
  mapping: Mapping,
  beside: Beside = { documents: [], queries: 0 },
  faulty = new FaultyRows(skipEmpty),
): AsyncGenerator<Example> {
  let count = 0;
  for await (const example of format === 'images' ? images() : rows(tableFormats[format].open)) {
    count++;
    if (count > limits.rows)
      throw new DatasetError(source.name, example.where, '/file', `more than ${limits.rows} rows`);
    yield example;
  }
  faulty.refuse();
  if (count === 0) faulty.refuseNone(source.name);
  if (count === 0 && mapping.only) {
    const asked = [...mapping.only].flatMap(([column, values]) => Array.from(values, (value) => `${column}=${value}`));
    const problem = `no row has what /mapping/only asks for: ${asked.join(', ')}`;
    throw new DatasetError(source.name, undefined, '/mapping/only', problem);
  }
  if (count === 0) throw new DatasetError(source.name, undefined, '/file', 'holds no row');

  async function* rows(open: OpenTable): AsyncGenerator<Example> {
    const { origins = [], only = new Map<string, ReadonlySet<string>>() } = mapping;
    const wanted = [
      ...Object.entries(mapping.columns),
      ...[...mapping.templates.values()].flatMap(({ field, template }) =>
        template.columns.map((column): [string, string] => [field, column]),
      ),
      ...origins.map((column, place): [string, string] => [`origins/${place}`, column]),
      ...Array.from(only.keys(), (column): [string, string] => ['only', column]),
      ...splitColumn(split),
    ];
    const table = await open(source, [...new Set(wanted.map(([, column]) => column))]);
    const counted = numberCounter(source, table.sparse === true);
    const alike = chatsAlone(source);
    const exampleOf = (row: Row): Example | undefined => {
      const cell = cellReader(row, source, table.columns());
      const wanted = ([column, values]: [string, ReadonlySet<string>]) =>
        values.has(cell.text('/mapping/only', column));
      if (![...only].every(wanted)) return undefined;
      const side =
        split.by === 'column' ? { side: sideOf(cell.text('/split/column', split.column), split, row, source) } : {};
      const from = origins.map((column, place) => [column, cell.name(`/mapping/origins/${place}`, column)]);
      const fields = fieldsOf(mapping, cell, row, source);
      counted(fields, row.where);
      alike(fields, row.where);
      return { where: row.where, ...side, ...(from.length > 0 && { origins: Object.fromEntries(from) }), fields };
    };
    for await (const row of table.rows) {
      const example = faulty.read(() => exampleOf(row));
      if (example) yield example;
    }
    Object.assign(beside, table.beside);
    const missing = count === 0 ? wanted.find(([, column]) => !table.columns().includes(column)) : undefined;
    if (missing) throw missingColumn(source, undefined, `/mapping/${missing[0]}`, missing[1], table.columns());
  }

  async function* images(): AsyncGenerator<Example> {
    const channels = mapping.channels!;
    if (split.by === 'column')
      throw new DatasetError(source.name, undefined, '/split', 'images have no column; split by hash');
    for await (const { where, label, ...image } of readImages(source, channels)) {
      yield { where, fields: { label, image: { ...image, channels } } };
    }
  }
}

/** @throws DatasetError for lists of numbers of different lengths, unless they are sparse, and for more numbers than are read */
function numberCounter({ name }: Source, isSparse: boolean) {
  let [first, all] = [0, 0];
  return ({ features }: Fields, where: string): void => {
    if (!features) return;
    first ||= features.length;
    all += features.length;
    if (!isSparse && features.length !== first)
      throw new RowError(
        name,
        where,
        '/mapping/features',
        `has ${features.length} numbers, and rows before have ${first}; write as many in every row`,
      );
    if (all > limits.featureNumbers)
      throw new DatasetError(
        name,
        where,
        '/mapping/features',
        `more than ${limits.featureNumbers} numbers in all rows together; leave rows or features out`,
      );
  };
}

const splitColumn = (split: DatasetSplit): [string, string][] =>
  split.by === 'column' ? [['column', split.column]] : [];

function fieldsOf(mapping: Mapping, cell: CellReader, { where }: Row, { name }: Source): Fields {
  const { form, columns, templates } = mapping;
  const { fields, read } = chatOf(mapping, cell);
  for (const { field, holds, none = false } of form.columns) {
    if (read.includes(field)) continue;
    const filled = templates.get(field);
    if (filled) fields[field as 'prompt'] = cell.filled(`/mapping/${filled.field}`, filled.template);
    const column = columns[field];
    // A column that the mapping leaves out.
    if (column === undefined || holds === 'messages') continue;
    if (holds === 'numbers') {
      fields.features = cell.numbers(`/mapping/${field}`, column);
      continue;
    }
    if (holds === 'texts') {
      fields[field as 'evidence'] = cell.texts(`/mapping/${field}`, column, none);
      continue;
    }
    if (holds === 'class') {
      fields.label = cell.name(`/mapping/${field}`, column);
      continue;
    }
    const value = cell.text(`/mapping/${field}`, column);
    const refuse = (problem: string) =>
      new RowError(name, `${where}, column "${column}"`, `/mapping/${field}`, `"${value.slice(0, 80)}" ${problem}`);
    if (holds === 'text') {
      fields[field as 'text' | 'prompt' | 'completion' | 'query' | 'search' | 'user' | 'item'] = value;
    } else if (holds === 'time') {
      fields.time = timeOf(value);
      if (Number.isNaN(fields.time)) throw refuse('is neither a number nor a date, as 2024-05-31T12:00:00Z');
    } else if (holds === 'request') {
      fields.request = requests.find((one) => one === value.trim());
      if (!fields.request) throw refuse(`asks for nothing that is known; expected one of ${requests.join(', ')}`);
    } else {
      const number = Number(value);
      if (!Number.isFinite(number)) {
        const other = holds === 'rating' ? '' : `; for classes choose the objective ${objectiveReading('class')}`;
        throw refuse(`is no number${other}`);
      }
      if (holds === 'grade' && number < 0) throw refuse('is below 0, the grade of a row that is not relevant');
      fields[holds] = number;
    }
  }
  return fields;
}

/** A zone at the end of a time. PostgreSQL writes an offset of whole hours without minutes. */
const zone = /(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$/i;
const hoursAlone = /[+-]\d{2}$/;

/**
 * A number as it is, or a date of ISO 8601 in milliseconds; NaN where it is neither. A date without a zone is one of UTC, so that a file is
 * the same data set on every machine, and an hour that a local clock leaves out is in its place.
 */
function timeOf(value: string): number {
  if (Number.isFinite(Number(value))) return Number(value);
  if (!/^\d{4}-\d{2}/.test(value)) return Number.NaN;
  if (!value.includes(':')) return Date.parse(value);
  if (hoursAlone.test(value)) return Date.parse(`${value.replace(' ', 'T')}:00`);
  return Date.parse(zone.test(value) ? value : `${value.replace(' ', 'T')}Z`);
}

/** Reads the cells of a row. */
function cellReader({ where, cells }: Row, source: Source, columns: readonly string[]): CellReader {
  const wrong = (field: string, column: string, problem: string, isEmpty = false) =>
    new RowError(source.name, `${where}, column "${column}"`, field, problem, isEmpty);
  const cellOf = (field: string, column: string): unknown => {
    if (Object.hasOwn(cells, column)) return cells[column];
    if (columns.includes(column)) throw wrong(field, column, 'is missing in this row', true);
    throw missingColumn(source, where, field, column, columns);
  };
  const flat = (value: unknown, field: string, column: string): string => {
    if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      throw wrong(field, column, 'is nested (a list or an object); write it as a column of its own');
    }
    return value instanceof Date ? value.toISOString() : String(value ?? '');
  };
  const within = (text: string, field: string, column: string): string => {
    if (text.trim() === '') {
      const isLabel = field === '/mapping/label';
      throw wrong(
        field,
        column,
        isLabel ? 'the label is empty; name its class or leave the row out' : 'is empty',
        true,
      );
    }
    if (text.length > limits.fieldCharacters) {
      throw wrong(field, column, `is longer than ${limits.fieldCharacters} characters`);
    }
    return text;
  };
  const textOf = (value: unknown, field: string, column: string) => within(flat(value, field, column), field, column);
  return {
    text: (field, column) => textOf(cellOf(field, column), field, column),
    name(field, column) {
      const name = textOf(cellOf(field, column), field, column).trim();
      if (isStorable(name)) return name;
      throw wrong(field, column, unstorable);
    },
    numbers(field, column) {
      const value = cellOf(field, column);
      if (value instanceof Float32Array) return value;
      if (!Array.isArray(value) || value.length === 0)
        throw wrong(field, column, 'is no list of numbers; expected one such as [0.5, 2], in JSON lines or Parquet');
      const at = value.findIndex((one) => !isFinite32(one));
      if (at >= 0)
        throw wrong(field, column, `number ${at + 1} is ${String(value[at]).slice(0, 80)}; expected a finite number`);
      if (value.length > limits.features)
        throw wrong(field, column, `has ${value.length} numbers; at most ${limits.features} are read`);
      return Float32Array.from(value as number[]);
    },
    isList: (field, column) => Array.isArray(cellOf(field, column)),
    chat(field, column, read) {
      const value = cellOf(field, column);
      try {
        return read(messagesOf(value));
      } catch (error) {
        if (!(error instanceof MessageProblem)) throw error;
        throw wrong(field, column, error.message, error.isEmpty);
      }
    },
    filled(field, { columns, render }) {
      const cells = new Map(columns.map((column) => [column, flat(cellOf(field, column), field, column)]));
      const all = columns.join('", "');
      within([...cells.values()].join(''), field, all);
      return within(
        render((column) => cells.get(column)!),
        field,
        all,
      );
    },
    texts(field, column, none) {
      const value = cellOf(field, column);
      if (none && Array.isArray(value) && value.length === 0) return [];
      const [first, ...more] = (Array.isArray(value) ? value : [value]) as unknown[];
      return [textOf(first, field, column), ...more.map((one) => textOf(one, field, column))];
    },
  };
}

function missingColumn(
  { name }: Source,
  where: string | undefined,
  field: string,
  column: string,
  columns: readonly string[],
): DatasetError {
  const known = columns.length > 0 ? columns.slice(0, 20).join(', ') + (columns.length > 20 ? ', …' : '') : 'none';
  return new DatasetError(
    name,
    where,
    field,
    `there is no column "${column}"; the columns are: ${known}${parted(column, columns)}`,
  );
}

/** Says what parts the fields of a table where its one column is a header that something else parts. */
function parted(column: string, columns: readonly string[]): string {
  const [header, ...more] = columns;
  const isWhole = more.length === 0 && header?.split(/[,;|\t]/).some((part) => part.trim() === column);
  return isWhole ? ', which is read as one column: part the fields by commas in a .csv, by tabs in a .tsv' : '';
}

function sideOf(
  value: string,
  { column, values }: Extract<DatasetSplit, { by: 'column' }>,
  { where }: Row,
  { name }: Source,
): SplitName {
  const found = (Object.entries(values) as [SplitName, string][]).find(([, said]) => said === value);
  if (found) return found[0];
  const problem = `"${value.slice(0, 80)}" is none of ${Object.values(values).join(', ')}`;
  throw new RowError(name, `${where}, column "${column}"`, '/split/values', problem);
}
