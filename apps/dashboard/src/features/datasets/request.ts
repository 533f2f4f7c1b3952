/** @file What the form holds, and the request it stands for. */
import {
  CreateDataset,
  type CreateDatasetInput,
  type DatasetFormat,
  flatIssues,
  type ObjectiveView,
} from '@rankforge/contracts';
import { z } from 'zod';
import { type FieldLabels, fieldLabel } from '../../lib/field-labels.js';
import { wrongName } from '../../lib/names.js';

/** An objective that a file of a user is read for. */
export type ReadableObjective = ObjectiveView & { dataset: NonNullable<ObjectiveView['dataset']> };

export interface DatasetValues {
  name: string;
  format: DatasetFormat;
  /** In place of a file. */
  path: string;
  /** Name of an objective; empty while none is chosen. */
  objective: string;
  /** Names of columns by the field of the mapping; those of other objectives may be left over. */
  columns: Readonly<Record<string, string>>;
  /** Numbers by the field of the mapping; what is empty takes its default. */
  numbers: Readonly<Record<string, number | ''>>;
  /** Names of a list by the field of the mapping; what is empty takes its default. */
  choices: Readonly<Record<string, string>>;
  /** Texts by the field of the mapping; what is empty is not said. */
  texts: Readonly<Record<string, string>>;
  /** Columns that say where an example is from; of tables alone. */
  origins: readonly string[];
  channels: '1' | '3';
  splitBy: 'hash' | 'column' | 'time';
  splitColumn: string;
  validation: number;
  test: number;
  /** Rows with an empty cell are left out; of tables alone. */
  skipEmpty: boolean;
}

export const emptyValues: DatasetValues = {
  name: '',
  format: 'csv',
  path: '',
  objective: '',
  columns: {},
  numbers: {},
  choices: {},
  texts: {},
  origins: [],
  channels: '3',
  splitBy: 'hash',
  splitColumn: '',
  validation: 0.1,
  test: 0.1,
  skipEmpty: false,
};

/** Objectives for files of a format; that of tables' commonest content, a class, comes first. */
export function readableFrom(format: DatasetFormat, objectives: readonly ObjectiveView[]): ReadableObjective[] {
  const has = (holds: ReadableObjective['dataset']['columns'][number]['holds']) => (one: ReadableObjective) =>
    one.dataset.columns.some((column) => column.holds === holds);
  const readable = objectives.filter((one): one is ReadableObjective => one.dataset?.formats.includes(format) ?? false);
  return [...readable.filter(has('class')), ...readable.filter((one) => !has('class')(one))];
}

/** The chosen one, or the first that the format is read for. */
export function chosenObjective(
  { format, objective }: Pick<DatasetValues, 'format' | 'objective'>,
  objectives: readonly ObjectiveView[],
): ReadableObjective {
  const readable = readableFrom(format, objectives);
  return readable.find(({ name }) => name === objective) ?? readable[0]!;
}

/** Whether a format says by itself what a field of the mapping is. */
export const isUsual = ({ dataset }: ReadableObjective, format: DatasetFormat, field: string): boolean =>
  dataset.usual[format]?.[field] !== undefined;

/** Columns of an objective that there is something to choose for: all but those that a format knows and its file does not show. */
export function columnsAsked(
  chosen: ReadableObjective,
  { format, columns }: { format: DatasetFormat; columns: readonly string[] },
): ReadableObjective['dataset']['columns'] {
  const { usual, columns: all } = chosen.dataset;
  return all.filter(({ field }) => !isUsual(chosen, format, field) || columns.includes(String(usual[format]![field])));
}

const NumberProperty = z.object({
  type: z.enum(['integer', 'number']),
  title: z.string(),
  description: z.string(),
  minimum: z.number(),
  maximum: z.number(),
  /** Absent: the description says it. */
  default: z.number().optional(),
});

/** A number that a mapping says beside its columns. */
export type NumberProperty = z.infer<typeof NumberProperty> & { field: string };

/** Numbers that the mapping of an objective may say, from its JSON Schema. */
export function numbersOf({ dataset }: ReadableObjective): NumberProperty[] {
  return Object.entries(dataset.mapping.properties ?? {}).flatMap(([field, property]) => {
    const number = NumberProperty.safeParse(property);
    return number.success ? [{ field, ...number.data }] : [];
  });
}

/** Whether a mapping may say where examples are from. */
export const saysOrigins = ({ dataset }: ReadableObjective): boolean =>
  Object.hasOwn(dataset.mapping.properties ?? {}, 'origins');

/** The column of times that examples of an objective may have. */
export const timeColumn = ({ dataset }: ReadableObjective) => dataset.columns.find(({ holds }) => holds === 'time');

const ChoiceField = z.object({
  type: z.literal('string'),
  enum: z.array(z.string()),
  title: z.string(),
  description: z.string(),
});

/** A name of a list that a mapping says beside its columns. */
export type ChoiceField = z.infer<typeof ChoiceField> & { field: string };

/** Names of lists that the mapping of an objective may say, from its JSON Schema. */
export function choicesOf({ dataset }: ReadableObjective): ChoiceField[] {
  return Object.entries(dataset.mapping.properties ?? {}).flatMap(([field, property]) => {
    const choice = ChoiceField.safeParse(property);
    return choice.success ? [{ field, ...choice.data }] : [];
  });
}

const TextField = z.object({
  type: z.literal('string'),
  title: z.string(),
  description: z.string(),
  /** The field of the column in whose place it stands. */
  replaces: z.string(),
});

/** A text that a mapping may say in place of a column. */
export type TextField = z.infer<typeof TextField> & { field: string };

/** Texts that the mapping of an objective may say, from its JSON Schema. */
export function textsOf({ dataset }: ReadableObjective): TextField[] {
  return Object.entries(dataset.mapping.properties ?? {}).flatMap(([field, property]) => {
    const text = TextField.safeParse(property);
    return text.success ? [{ field, ...text.data }] : [];
  });
}

/** Fields of columns in whose place a text, or another column, stands. */
export const replacedColumns = (
  chosen: ReadableObjective,
  { texts, columns }: Pick<DatasetValues, 'texts' | 'columns'>,
): string[] => [
  ...textsOf(chosen).flatMap(({ field, replaces }) => (texts[field] ? [replaces] : [])),
  ...chosen.dataset.columns.flatMap(({ field, replaces = [] }) => (columns[field] ? replaces : [])),
];

/** Says in words why the number in a field is wrong; undefined where it is not. */
export function wrongNumber(
  { type, minimum, maximum }: NumberProperty,
  value: number | '' | undefined,
): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (type === 'integer' && !Number.isInteger(value)) return `choose a whole number from ${minimum} to ${maximum}`;
  return value >= minimum && value <= maximum ? undefined : `choose ${minimum} to ${maximum}`;
}

/** Columns of a file that are called as fields of mappings are proposed for these, where none is chosen. */
export const namedAlike = (chosen: DatasetValues['columns'], columns: readonly string[]): DatasetValues['columns'] => ({
  ...Object.fromEntries(columns.map((column) => [column, column])),
  ...Object.fromEntries(Object.entries(chosen).filter(([, column]) => columns.includes(column))),
});

/** Formats of rows with cells, which may be empty. */
export const isTable = (format: DatasetFormat): boolean => format !== 'images' && format !== 'sites';

export function requestOf(values: DatasetValues, objectives: readonly ObjectiveView[]): CreateDatasetInput {
  const { name, format, path, origins, splitBy, splitColumn, validation, test, skipEmpty } = values;
  const chosen = chosenObjective(values, objectives);
  const { name: objective, dataset } = chosen;
  const replaced = replacedColumns(chosen, values);
  const columns = Object.fromEntries(
    dataset.columns.flatMap(({ field, optional }) => {
      if (replaced.includes(field)) return [];
      const column = values.columns[field] ?? '';
      return column === '' && (optional || isUsual(chosen, format, field)) ? [] : [[field, column] as const];
    }),
  );
  const channels: Record<string, number> = dataset.from === 'images' ? { channels: Number(values.channels) } : {};
  const numbers = numbersOf(chosen).flatMap(({ field }) => {
    const value = values.numbers[field] ?? '';
    return value === '' ? [] : [[field, value] as const];
  });
  const choices = choicesOf(chosen).flatMap(({ field }) => {
    const value = values.choices[field] ?? '';
    return value === '' ? [] : [[field, value] as const];
  });
  const texts = textsOf(chosen).flatMap(({ field }) => {
    const value = values.texts[field] ?? '';
    return value === '' ? [] : [[field, value] as const];
  });
  return {
    name,
    format,
    mapping: {
      objective,
      ...columns,
      ...channels,
      ...Object.fromEntries(numbers),
      ...Object.fromEntries(choices),
      ...Object.fromEntries(texts),
      ...(saysOrigins(chosen) && origins.length > 0 && { origins: [...origins] }),
    },
    split: splitBy === 'column' ? { by: 'column', column: splitColumn } : { by: splitBy, validation, test },
    ...(skipEmpty && isTable(format) && { skipEmpty }),
    ...(path === '' ? {} : { path }),
  };
}

/** Fields of the request as the form calls them. */
export function labelsOf(values: DatasetValues, objectives: readonly ObjectiveView[]): FieldLabels {
  const chosen = chosenObjective(values, objectives);
  const own = [...chosen.dataset.columns, ...textsOf(chosen), ...choicesOf(chosen), ...numbersOf(chosen)];
  return {
    ...fixedLabels,
    ...Object.fromEntries(own.map(({ field, title }) => [`/mapping/${field}`, title])),
  };
}

/** Labels of fields that every data set has. */
export const fixedLabels = {
  '/file': 'File',
  '/path': 'Or a path',
  '/format': 'Format',
  '/name': 'Name',
  '/mapping/objective': 'What is learned',
  '/mapping/origins': 'Where examples are from',
  '/mapping/channels': 'Colours',
  '/split': 'Split',
  '/split/column': 'Column that says train, validation or test',
  '/split/validation': 'Validation',
  '/split/test': 'Test',
  '/skipEmpty': 'Leave out rows with an empty cell',
} as const satisfies FieldLabels;

/** By the field of the mapping, or `name`, `split` and `whole`. */
type Mistakes = Partial<Record<string, string>>;

/**
 * What keeps the form from being sent, by field, in words. Columns can be chosen once they were read.
 *
 * @example mistakes({ ...emptyValues, name: 'My Reviews' }, false, objectives) // { name: 'name it in lower-case words …, e.g. "my-reviews"' }
 */
export function mistakes(values: DatasetValues, columnsRead: boolean, objectives: readonly ObjectiveView[]): Mistakes {
  const wrong: Mistakes = {};
  const name = wrongName(values.name, 'my-reviews');
  if (name) wrong.name = name;
  if (!columnsRead) return wrong;
  const chosen = chosenObjective(values, objectives);
  const replaced = replacedColumns(chosen, values);
  for (const { field, title, optional } of chosen.dataset.columns) {
    if (optional || replaced.includes(field) || isUsual(chosen, values.format, field)) continue;
    if (!values.columns[field]) wrong[field] = `choose the column of the ${title.toLowerCase()}`;
  }
  for (const number of numbersOf(chosen)) {
    const problem = wrongNumber(number, values.numbers[number.field]);
    if (problem) wrong[number.field] = `${problem} ${number.title.toLowerCase()}`;
  }
  if (values.splitBy === 'column' && values.splitColumn === '') wrong.split = 'choose the column that names the split';
  const time = timeColumn(chosen);
  const hasTimes = time !== undefined && Boolean(values.columns[time.field]);
  if (values.splitBy === 'time' && !hasTimes) wrong.split = 'choose the column of times, or another split';
  if (values.splitBy === 'hash' && hasTimes) wrong.split = 'split by time, or leave the column of times out';
  if (Object.keys(wrong).length > 0) return wrong;
  const whole = CreateDataset.safeParse(requestOf(values, objectives));
  const [first] = whole.success ? [] : flatIssues(whole.error.issues);
  if (first) {
    const path = ['', ...first.path.map(String)].join('/');
    wrong.whole = `${fieldLabel(path, labelsOf(values, objectives))}: ${first.message}`;
  }
  return wrong;
}
