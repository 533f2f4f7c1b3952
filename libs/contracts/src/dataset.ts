/** @file A user's data set: how its columns are read, how it is split, and what was found in it. */
import { z } from 'zod';
import { text, wholeText } from './bounds.js';
import { Id, Slug, Timestamp } from './common.js';

export const datasetFormats = [
  'csv',
  'tsv',
  'jsonl',
  'json',
  'parquet',
  'beir',
  'trec',
  'letor',
  'crud-rag',
  'rankify',
  'images',
  'sites',
] as const;
/**
 * `jsonl` has an object a line, `json` is one list of objects. `tsv` is a table whose cells are parted by tabs and never quoted; where its first row is of numbers alone, columns are called 1, 2, and so on. `beir` is a folder of a collection with judgements: corpus.jsonl, queries.jsonl and qrels/*.tsv. `trec`
 * is one in the files of TREC: collection.tsv, queries.tsv, qrels/* and perhaps runs/*. `letor` is a file of queries with
 * rows of numbers, or a folder of such files. `crud-rag` is the data folder of CRUD-RAG: its
 * sets of questions and its documents. `images` is a folder with one folder per class, of PNG or JPEG files of one size. Each comes as a
 * .zip, .tar or .tar.gz of it, too. `rankify` is a .json or .jsonl that Rankify saved: questions with their contexts. `sites` is a file of cards,
 * one a line, of sites whose examples lie with workers: names, counts and digests.
 */
export const DatasetFormat = z.enum(datasetFormats).meta({ id: 'DatasetFormat' });
export type DatasetFormat = z.infer<typeof DatasetFormat>;

/** Formats by the ending of a name. An archive may be of other formats too: it is of images where nothing else is said. */
const formatOfEnding: Readonly<Record<string, DatasetFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.letor': 'letor',
  '.json': 'rankify',
  '.zip': 'images',
  '.tar': 'images',
  '.tar.gz': 'images',
  '.tgz': 'images',
};

/** Formats of files with an ending, where there is more than one. */
const otherOfEnding: Readonly<Record<string, readonly DatasetFormat[]>> = { '.json': ['json'] };

/** Endings of names that say a format. */
export const fileEndings: readonly string[] = Object.keys(formatOfEnding);

/** @example formatOfFile('reviews.NDJSON') // 'jsonl' */
export const formatOfFile = (name: string): DatasetFormat | undefined => formatsOfFile(name)[0];

/**
 * Formats that a file of this name may have, the likeliest first.
 *
 * @example formatsOfFile('chats.json') // ['rankify', 'json']
 */
export function formatsOfFile(name: string): DatasetFormat[] {
  const ending = fileEndings.find((each) => name.toLowerCase().endsWith(each));
  return ending === undefined ? [] : [formatOfEnding[ending]!, ...(otherOfEnding[ending] ?? [])];
}

const Column = text(256).min(1);
/**
 * Which columns are what, by fields that the objective has (`GET /v1/objectives`), and what is learned. What there is besides, as the
 * classes in order, the JSON Schema of the objective's mapping says.
 */
export const DatasetMapping = z
  .object({ objective: text(64).min(1).meta({ description: 'What is learned, by the name of the objective.' }) })
  .catchall(z.union([text(4096).min(1), z.number(), z.array(Column).max(1000)]))
  .meta({ id: 'DatasetMapping' });
export type DatasetMapping = z.infer<typeof DatasetMapping>;

const Share = z.number().gt(0).lt(1);

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];
export const SplitNameSchema = z.enum(splitNames);

export const DatasetSplit = z
  .discriminatedUnion('by', [
    z
      .strictObject({
        by: z.literal('hash'),
        validation: Share.default(0.1),
        test: Share.default(0.1),
        stratified: z.boolean().optional().meta({
          description:
            'Each class gives its share to every split. Default: yes where there are classes; data sets of before have none of it.',
        }),
        seed: z
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .optional()
          .meta({
            description: 'Of a stratified split: another gives another split. Default: 0.',
          }),
      })
      .refine(({ validation, test }) => validation + test < 1, 'validation and test leave nothing for training'),
    z.strictObject({
      by: z.literal('column'),
      column: Column,
      values: z
        .strictObject({ train: Column, validation: Column, test: Column })
        .default({ train: 'train', validation: 'validation', test: 'test' })
        .meta({ description: 'What the column says for each split.' }),
    }),
    z
      .strictObject({ by: z.literal('time'), validation: Share.default(0.1), test: Share.default(0.1) })
      .refine(({ validation, test }) => validation + test < 1, 'validation and test leave nothing for training'),
  ])
  .meta({
    id: 'DatasetSplit',
    description:
      'By a hash of the content, near-duplicates kept together; by what a column says; or by the column of times, what came last being tested on.',
  });
export type DatasetSplit = z.infer<typeof DatasetSplit>;

/** The part of an upload besides the file (form field `spec`, as JSON); with `path` in place of a file, the whole body. */
export const CreateDataset = z
  .strictObject({
    name: Slug,
    format: DatasetFormat,
    mapping: DatasetMapping,
    split: DatasetSplit.default({ by: 'hash', validation: 0.1, test: 0.1 }),
    skipEmpty: z.boolean().optional().meta({
      description:
        'Leave out the rows of a table that have an empty cell among those that are read, and count them in the report. Default: such a row is refused.',
    }),
    path: text(4096).min(1).optional().meta({
      description:
        'A file (a folder for images, beir, trec and crud-rag) below the data folder of the API, in place of an upload.',
    }),
  })
  .meta({ id: 'CreateDataset' });
export type CreateDataset = z.infer<typeof CreateDataset>;
export type CreateDatasetInput = z.input<typeof CreateDataset>;

/** The first rows of several, by where they stand in the source. */
const NamedRows = z.array(z.string()).max(5);

const PerSplit = z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() });
export type PerSplit = z.infer<typeof PerSplit>;

export const DatasetReport = z
  .object({
    examples: PerSplit,
    emptyRows: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Rows with an empty cell: left out, as was asked for. Absent where they are refused.' }),
    repeated: z
      .object({
        rows: z.number().int().meta({ description: 'Rows that equal an earlier one to the letter, answer and all.' }),
        texts: z.number().int(),
        first: z.array(z.object({ text: z.string(), count: z.number().int(), rows: NamedRows })).max(20),
      })
      .optional()
      .meta({ description: 'Absent where no row is repeated.' }),
    contradictions: z
      .object({
        rows: z.number().int().meta({ description: 'Rows of these texts.' }),
        texts: z.number().int().meta({ description: 'Texts that have two classes, or two numbers.' }),
        first: z
          .array(
            z.object({
              text: z.string(),
              answers: z.array(z.object({ answer: z.string(), count: z.number().int(), rows: NamedRows })).max(5),
            }),
          )
          .max(20),
      })
      .optional()
      .meta({ description: 'Absent where every text has one answer.' }),
    skewed: z
      .object({
        classes: z.number().int(),
        first: z.array(z.object({ name: z.string(), splits: z.array(SplitNameSchema), rows: NamedRows })).max(20),
      })
      .optional()
      .meta({
        description:
          'Classes of which a split has none, or another share than the whole by more than three standard deviations. Absent where there are none.',
      }),
    classes: z
      .array(z.object({ name: z.string(), examples: PerSplit }))
      .nullable()
      .meta({ description: 'Class balance; null where there are no classes, or only sites can count them.' }),
    doubtfulClasses: z
      .object({
        alike: z.array(z.array(z.string())).meta({
          description: 'Names that differ in case, blanks or the form of their characters alone, group by group.',
        }),
        missing: z
          .array(z.string())
          .meta({ description: 'Names that programs write for a missing value, e.g. `NaN`.' }),
      })
      .optional()
      .meta({
        description:
          'Classes that may be none of their own; each is one as it is written. Absent where there are none.',
      }),
    numbers: z
      .object({ mean: z.number(), deviation: z.number(), smallest: z.number(), largest: z.number() })
      .nullable()
      .meta({ description: 'Of the training split; null where no number is predicted.' }),
    queries: z
      .object({
        rows: z.number().int(),
        largest: z.number().int().meta({ description: 'Rows of the query with most.' }),
        withoutRelevant: z.number().int().meta({ description: 'Queries that no order of their rows scores above 0.' }),
        lostRelevant: z
          .number()
          .int()
          .meta({ description: 'Relevant rows that are not among the candidates of their query.' }),
        withoutRows: z.number().int().meta({ description: 'Queries of the source that nobody judged: left out.' }),
      })
      .optional()
      .meta({ description: 'Absent where rows are examples.' }),
    interactions: z
      .object({
        users: z.number().int().meta({ description: 'Users that the training split has.' }),
        items: z.number().int(),
        untrainedItems: z.number().int().meta({ description: 'Items that nobody took in the training split.' }),
        repeated: z
          .number()
          .int()
          .meta({ description: 'Rows of a user with an item that an earlier one has: left out.' }),
        belowRating: z.number().int().meta({ description: 'Rows below the least rating: left out.' }),
        withoutTraining: z
          .number()
          .int()
          .meta({ description: 'Rows of users whom the training split does not have: left out.' }),
      })
      .optional()
      .meta({ description: 'Present where rows say which user took which item.' }),
    duplicates: z.object({
      search: z.enum(['near', 'exact', 'none']).meta({
        description:
          '`near`: word 3-grams with a Jaccard similarity of 0.5 or more. `exact`: equal after normalisation. `none`: examples lie at sites, and each looked among its own.',
      }),
      examples: z.number().int().meta({ description: 'Examples that are like an earlier one.' }),
      acrossSplits: z
        .number()
        .int()
        .meta({ description: 'Examples of validation and test that are like one of an earlier split.' }),
      pairs: z
        .array(
          z.object({
            splits: z.tuple([SplitNameSchema, SplitNameSchema]),
            rows: z.tuple([z.string(), z.string()]),
            texts: z.tuple([z.string(), z.string()]),
          }),
        )
        .max(20)
        .meta({ description: 'The first of those across splits; `rows` says where each stands.' }),
    }),
  })
  .meta({ id: 'DatasetReport' });
export type DatasetReport = z.infer<typeof DatasetReport>;

/** Says in a sentence each why classes of a data set are doubtful. */
export function classDoubts({ doubtfulClasses }: DatasetReport): string[] {
  if (!doubtfulClasses) return [];
  const quoted = (names: readonly string[]) => names.map((name) => JSON.stringify(name));
  const { alike, missing } = doubtfulClasses;
  return [
    ...alike.map(
      (names) => `${quoted(names).join(' and ')} are different classes, which differ in case or blanks alone`,
    ),
    ...quoted(missing).map((name) => `${name} is a class, though programs write it for a missing value`),
  ];
}

/** A doubt about rows: what was found, with counts, and the first rows of each. */
export interface RowDoubt {
  said: string;
  lines: string[];
}

/** Says what is doubtful about a data set: repeated rows, two answers to one text, splits that do not share a class, and few test examples. */
export function rowDoubts({ examples, repeated, contradictions, skewed, classes }: DatasetReport): RowDoubt[] {
  const doubts: RowDoubt[] = [];
  const quoted = (text: string) => JSON.stringify(text.replace(/\s+/g, ' '));
  if (contradictions) {
    const { texts, rows, first } = contradictions;
    doubts.push({
      said: `${counted(texts, 'text')} ${texts === 1 ? 'has' : 'have'} more than one answer, in ${counted(rows, 'row')}: no model can be right about all of them${rest(first.length, texts)}`,
      lines: first.map(
        ({ text, answers }) =>
          `${quoted(text)}: ${answers.map(({ answer, count, rows }) => `${answer} (${places(rows, count)})`).join(', ')}`,
      ),
    });
  }
  if (repeated) {
    const { texts, rows, first } = repeated;
    doubts.push({
      said: `${counted(rows, 'row')} ${rows === 1 ? 'equals' : 'equal'} an earlier one to the letter, answer and all, of ${counted(texts, 'text')}${rest(first.length, texts)}`,
      lines: first.map(({ text, count, rows }) => `${quoted(text)}: ${places(rows, count)}`),
    });
  }
  if (skewed) {
    const of = (name: string) => classes?.find((one) => one.name === name)?.examples;
    doubts.push({
      said: `${counted(skewed.classes, 'class', 'classes')} ${skewed.classes === 1 ? 'is' : 'are'} not spread over the splits as over the whole${rest(skewed.first.length, skewed.classes)}`,
      lines: skewed.first.map(({ name, splits, rows }) => {
        const found = of(name);
        const all = found ? found.train + found.validation + found.test : rows.length;
        const shares = splits.map((split) => `${found?.[split] ?? 0} in ${split}`).join(', ');
        return `${quoted(name)}: ${shares}, of ${counted(all, 'row')} (${places(rows, all)})`;
      }),
    });
  }
  const open = openOf(examples.test);
  if (classes && open > 0.05) {
    const said = `${counted(examples.test, 'test example')} ${examples.test === 1 ? 'tells' : 'tell'} little: a model that has half of them right is known to ± ${open.toFixed(2)} (95 % interval of a share), however many seeds are run`;
    doubts.push({ said, lines: [] });
  }
  return doubts;
}

/** Half the width of Wilson's 95 % interval of one half, the widest that there is of so many examples. */
const openOf = (examples: number): number => 1.959964 / (2 * Math.sqrt(examples + 1.959964 ** 2));

const counted = (count: number, one: string, several = `${one}s`): string => `${count} ${count === 1 ? one : several}`;

const rest = (named: number, of: number): string => (named < of ? `; the first ${named} are named` : '');

const places = (rows: readonly string[], count: number): string =>
  count > rows.length ? `${rows.join(', ')} and ${count - rows.length} more` : rows.join(', ');

export const DatasetView = z
  .object({
    id: Id,
    name: Slug,
    task: z.string().meta({ description: 'What a sweep names as its task.' }),
    format: DatasetFormat,
    source: z.string().meta({ description: 'Name of the uploaded file, or the path.' }),
    mapping: DatasetMapping,
    split: DatasetSplit,
    sha256: z.string().meta({ description: 'Of the examples as they are trained on; part of every trial key.' }),
    bytes: z.number().int(),
    report: DatasetReport,
    sweeps: z.number().int().meta({ description: 'Sweeps that use it; it can be deleted when there is none.' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Dataset' });
export type DatasetView = z.infer<typeof DatasetView>;
export const DatasetList = z.object({ datasets: z.array(DatasetView) }).meta({ id: 'DatasetList' });
export type DatasetList = z.infer<typeof DatasetList>;

/** An example with the mapping applied. `fields` by name: those of the mapping, `number`, `image`, or the `rows` of a query. */
export const DatasetRow = z
  .object({
    split: SplitNameSchema,
    row: z.string().meta({ description: 'Where it stands in the source.' }),
    fields: z.record(z.string(), z.string()),
  })
  .meta({ id: 'DatasetRow' });
export type DatasetRow = z.infer<typeof DatasetRow>;

export const DatasetRowsQuery = z.strictObject({
  split: SplitNameSchema.optional(),
  offset: wholeText(0, 1_000_000_000).default(0),
  limit: wholeText(1, 200).default(20),
});
export type DatasetRowsQuery = z.infer<typeof DatasetRowsQuery>;
export const DatasetRows = z.object({ rows: z.array(DatasetRow) }).meta({ id: 'DatasetRows' });
export type DatasetRows = z.infer<typeof DatasetRows>;

/** What creating a data set would store; nothing is written. */
export const DatasetPreview = z
  .object({ report: DatasetReport, rows: z.array(DatasetRow) })
  .meta({ id: 'DatasetPreview' });
export type DatasetPreview = z.infer<typeof DatasetPreview>;

/** Columns of a file and its first rows, before a mapping is chosen. */
export const InspectDataset = z
  .strictObject({ format: DatasetFormat, path: text(4096).min(1).optional() })
  .meta({ id: 'InspectDataset' });
export type InspectDataset = z.infer<typeof InspectDataset>;
export const DatasetInspection = z
  .object({ columns: z.array(z.string()), rows: z.array(z.record(z.string(), z.string())) })
  .meta({ id: 'DatasetInspection' });
export type DatasetInspection = z.infer<typeof DatasetInspection>;
