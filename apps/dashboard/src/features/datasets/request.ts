/** @file What the form holds, and the request it stands for. */
import {
  CreateDataset,
  type CreateDatasetInput,
  type DatasetFormat,
  type DatasetMapping,
  flatIssues,
  Slug,
} from '@rankforge/contracts';

export type Objective = DatasetMapping['objective'];

export interface DatasetValues {
  name: string;
  format: DatasetFormat;
  /** In place of a file. */
  path: string;
  objective: Objective;
  text: string;
  label: string;
  prompt: string;
  completion: string;
  channels: '1' | '3';
  splitBy: 'hash' | 'column';
  splitColumn: string;
  validation: number;
  test: number;
}

export const emptyValues: DatasetValues = {
  name: '',
  format: 'csv',
  path: '',
  objective: 'classification',
  text: '',
  label: '',
  prompt: '',
  completion: '',
  channels: '3',
  splitBy: 'hash',
  splitColumn: '',
  validation: 0.1,
  test: 0.1,
};

export const objectives: Record<
  Objective,
  { label: string; columns: readonly ('text' | 'label' | 'prompt' | 'completion')[] }
> = {
  'language-modelling': { label: 'Next token of a text', columns: ['text'] },
  'instruction-tuning': { label: 'Completion of a prompt', columns: ['prompt', 'completion'] },
  classification: { label: 'Class of a text', columns: ['text', 'label'] },
  regression: { label: 'Number for a text', columns: ['text', 'label'] },
  'image-classification': { label: 'Class of an image', columns: [] },
};

/** What can be learned from files of a format. */
export function objectivesOf(format: DatasetFormat): Objective[] {
  const images = format === 'images';
  return (Object.keys(objectives) as Objective[]).filter((name) => (name === 'image-classification') === images);
}

/** @example formatOf('reviews.parquet') // 'parquet' */
export function formatOf(fileName: string): DatasetFormat | undefined {
  const ending = fileName.split('.').at(-1)?.toLowerCase();
  if (/\.(zip|tar|tgz|tar\.gz)$/i.test(fileName)) return 'images';
  if (ending === 'csv' || ending === 'jsonl' || ending === 'parquet') return ending;
  return ending === 'ndjson' ? 'jsonl' : undefined;
}

/** A name for a data set from that of its file. @example nameOf('My Reviews (2).csv') // 'my-reviews-2' */
export function nameOf(fileName: string): string {
  const base = fileName.replace(/(\.tar)?\.[^.]*$/, '').toLowerCase();
  return base
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

export function requestOf(values: DatasetValues): CreateDatasetInput {
  const { name, format, path, objective, splitBy, splitColumn, validation, test } = values;
  const columns = Object.fromEntries(objectives[objective].columns.map((field) => [field, values[field]]));
  const channels = objective === 'image-classification' ? { channels: Number(values.channels) } : {};
  return {
    name,
    format,
    mapping: { objective, ...columns, ...channels } as CreateDatasetInput['mapping'],
    split: splitBy === 'hash' ? { by: 'hash', validation, test } : { by: 'column', column: splitColumn },
    ...(path === '' ? {} : { path }),
  };
}

type Mistakes = Partial<Record<'name' | 'text' | 'label' | 'prompt' | 'completion' | 'split' | 'whole', string>>;

/**
 * What keeps the form from being sent, by field, in words. Columns can be chosen once they were read.
 *
 * @example mistakes({ ...emptyValues, name: 'My Reviews' }, false) // { name: 'name it in lower-case words …, e.g. "my-reviews"' }
 */
export function mistakes(values: DatasetValues, columnsRead: boolean): Mistakes {
  const wrong: Mistakes = {};
  if (!Slug.safeParse(values.name).success) {
    const example = nameOf(values.name) || 'my-reviews';
    wrong.name = `name it in lower-case words joined by dashes, at most 64 characters, e.g. "${example}"`;
  }
  if (!columnsRead) return wrong;
  for (const field of objectives[values.objective].columns) {
    if (values[field] === '') wrong[field] = `choose the column of the ${field}`;
  }
  if (values.splitBy === 'column' && values.splitColumn === '') wrong.split = 'choose the column that names the split';
  if (Object.keys(wrong).length > 0) return wrong;
  const whole = CreateDataset.safeParse(requestOf(values));
  const [first] = whole.success ? [] : flatIssues(whole.error.issues);
  if (first) wrong.whole = `${first.path.map(String).join(' ')}: ${first.message}`;
  return wrong;
}
