/** @file The mapping of a data set, read by the record of its objective. */
import type { DatasetFormat, DatasetMapping } from '@rankforge/contracts';
import { type ExampleColumn, type ExampleForm, exampleForms, type Objective, objectives } from '@rankforge/peft';
import { z } from 'zod';
import { type SegmenterName, segmenterNames } from '../text/segmenters.js';
import { canRead, formatsOf, usualFields } from './formats.js';
import { type PromptTemplate, promptTemplate } from './prompt-template.js';

/** A mapping as it is stored, with what it says of columns. */
export interface Mapping {
  /** With its defaults. */
  stored: DatasetMapping;
  objective: Objective;
  form: ExampleForm;
  /** Name of a column by the field that names it. */
  columns: Readonly<Record<string, string>>;
  /** Templates of several columns by the field of the column that each stands for. */
  templates: ReadonlyMap<string, { field: string; template: PromptTemplate }>;
  /** Every class by name, in order, where the mapping says so. */
  classes?: readonly string[];
  /** Columns that are no input, and say where an example is from. */
  origins?: readonly string[];
  /** Values of columns, by column: rows that have others are left out. */
  only?: ReadonlyMap<string, ReadonlySet<string>>;
  /** How texts fall apart into words, where the mapping says so. */
  segmenter?: SegmenterName;
  /** Channels of images. */
  channels?: 1 | 3;
  /** Most tokens of an answer, where the model writes answers. */
  answerTokens?: number;
  /** Turns of conversations that are learned. */
  turns: 'all' | 'last';
  /** Documents that BM25 adds to each query. */
  candidates?: number;
  /** Numbers of a query's rows are brought to 0 … 1, each by its least and largest there. */
  normalised?: true;
  /** Ratings below say that a user did not like an item. */
  leastRating?: number;
}

/** The form of an objective's examples. */
export const formOf = ({ examples }: Objective): ExampleForm => exampleForms[examples];

/** Whether rows are ranked by numbers of each. */
const hasFeatures = ({ columns }: ExampleForm): boolean => columns.some(({ holds }) => holds === 'numbers');

/** Whether rows say which user took which item. */
export const hasInteractions = ({ columns }: ExampleForm): boolean => columns.some(({ holds }) => holds === 'rating');

/** Objectives that a file of a user can be read for. */
export const importable: readonly Objective[] = objectives.filter((one) => formOf(one).from !== 'generated');

/** The first objective that reads such a column, for a message that proposes one. */
export const objectiveReading = (holds: ExampleColumn['holds']): string =>
  importable.find((one) => formOf(one).columns.some((column) => column.holds === holds))!.name;

const Column = z.string().min(1).max(256);
const Template = (replaces: string) =>
  z
    .string()
    .max(4096)
    .superRefine((text, context) => {
      try {
        promptTemplate(text);
      } catch (cause) {
        context.addIssue({ code: 'custom', message: (cause as Error).message, input: text });
      }
    })
    .optional()
    .meta({
      title: 'Template',
      description:
        'In place of the column of the prompt: a text with columns in braces, as {instruction}. Lines and paragraphs whose columns are all blank are left out.',
      replaces,
    });
const LeastRating = z.number().min(-1_000_000).max(1_000_000).optional().meta({
  title: 'Least rating',
  description: 'Rows with a lower rating are left out: the user did not like the item. Default: all count.',
});
const Classes = z
  .array(Column)
  .min(2)
  .max(1000)
  .optional()
  .meta({ description: 'Every class by name, in order. Default: those that occur, sorted.' });
const Origins = z.array(Column).min(1).max(8).optional().meta({
  description:
    'Columns that are no input, such as the site an example is from: a federation may divide examples by one.',
});
const Only = z
  .array(
    z
      .string()
      .max(1024)
      .regex(/^[^=]+=./, 'expected a column and a value, as set=questanswer_1doc'),
  )
  .min(1)
  .max(100)
  .optional()
  .meta({
    description:
      'Rows to read, by a column and its value, as set=questanswer_1doc; of several values of a column, a row has one.',
  });
const SegmenterField = z.enum(segmenterNames).default('spaces').meta({
  title: 'Words',
  description: 'Where words of texts end: at white space, or where jieba finds them in Chinese.',
});
const Normalise = z.enum(['none', 'query']).default('none').meta({
  title: 'Scale of features',
  description: 'As they are, or each from 0 to 1 among the rows of a query.',
});
const Channels = z
  .union([z.literal(1), z.literal(3)])
  .default(3)
  .meta({ description: '1: grey; 3: red, green, blue.' });
const AnswerTokens = ({ most, usual }: NonNullable<ExampleForm['answerTokens']>) =>
  z.int().min(2).max(most).default(usual).meta({
    title: 'Tokens of an answer',
    description: 'Most that the model may write, its end included.',
  });

const Turns = z.enum(['all', 'last']).optional().meta({
  title: 'Turns that are learned',
  description: 'Of conversations: all turns of the assistant, or the last one. Default: all.',
});

const Candidates = z.int().min(0).max(1000).optional().meta({
  title: 'Candidates',
  description:
    'Documents that BM25 ranks highest for each query: these are re-ranked, and judged ones that are not among them are learned from alone. 0: the rows are. Default: 20 of a collection, else 0.',
});

const Negatives = z.int().min(0).max(1000).optional().meta({
  title: 'Negatives',
  description:
    'Documents that BM25 ranks highest for each query and nobody judged: training reads them beside the documents of other queries, and at most seven negatives of a query. Default: 0.',
});

/** JSON Schema of a mapping for an objective. */
export function mappingSchema(objective: Objective) {
  const form = formOf(objective);
  const { from, columns, answerTokens } = form;
  const named = columns.flatMap(({ field, description, optional, template }) => {
    const column = description ? Column.meta({ description }) : Column;
    const isOptional = optional || template || columns.some(({ replaces }) => replaces?.includes(field));
    const own = [field, isOptional ? column.optional() : column];
    return template ? [own, [template, Template(field)]] : [own];
  });
  const hasClasses = from === 'images' || columns.some(({ holds }) => holds === 'class');
  return z.strictObject({
    objective: z.literal(objective.name),
    ...(Object.fromEntries(named) as Record<string, typeof Column>),
    ...(from === 'images' ? { channels: Channels } : {}),
    ...(hasClasses ? { classes: Classes } : {}),
    ...(from === 'images' || hasInteractions(form) ? {} : { origins: Origins }),
    ...(from === 'images' ? {} : { only: Only }),
    ...(hasInteractions(form) ? { leastRating: LeastRating } : {}),
    ...(form.segmented ? { segmenter: SegmenterField } : {}),
    ...(form.turns ? { turns: Turns } : {}),
    ...(answerTokens ? { answerTokens: AnswerTokens(answerTokens) } : {}),
    ...(hasFeatures(form) ? { normalise: Normalise } : {}),
    ...(form.candidates !== undefined ? { candidates: form.searched ? Negatives : Candidates } : {}),
  });
}

/** Values by column, from texts such as `set=questanswer_1doc`. */
function onlyOf(said: readonly string[]): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const one of said) {
    const at = one.indexOf('=');
    const column = one.slice(0, at);
    found.set(column, (found.get(column) ?? new Set()).add(one.slice(at + 1)));
  }
  return found;
}

/** Keys that a mapping has and the objective does not, one by one, in words. */
const untaken = (issue: z.core.$ZodIssue, { name }: Objective, takes: string): z.core.$ZodIssue[] =>
  issue.code !== 'unrecognized_keys'
    ? [issue]
    : issue.keys.map((key) => ({
        code: 'custom',
        path: [key],
        message: `${name} takes no ${key}; it takes: ${takes}`,
        input: issue.input,
      }));

/** Says what is wrong where a column that others may stand for is named beside one of these, or none is named. */
function notOne({ field, template, optional }: ExampleColumn, form: ExampleForm, stored: DatasetMapping) {
  const others = form.columns.flatMap((column) => (column.replaces?.includes(field) ? [column.field] : []));
  const named = [field, ...(template ? [template] : []), ...others].filter((name) => stored[name] !== undefined);
  const issue = (at: string, message: string): z.core.$ZodIssue[] => [
    { code: 'custom', path: [at], message, input: stored[at] },
  ];
  if (named.length === 0 && !optional) {
    const instead = [...(template ? [`say ${template}`] : []), ...others.map((other) => `name ${other}`)];
    return issue(field, ['is missing: name its column', ...instead].join(', or '));
  }
  if (named.length < 2) return [];
  const [first, second] = named as [string, string];
  const what = second === template ? 'a template of several' : `one in its place (${second})`;
  return issue(second, `there is a column (${first}) and ${what}: leave one out`);
}

/** Reads a mapping for files of a format, or says all that is wrong with it. */
export function readMapping(mapping: DatasetMapping, format: DatasetFormat): Mapping | { issues: z.core.$ZodIssue[] } {
  const objective = importable.find(({ name }) => name === mapping.objective);
  const wrong = (message: string) => ({
    issues: [{ code: 'custom' as const, path: ['objective'], message, input: mapping.objective }],
  });
  if (!objective)
    return wrong(`no file is read for it; choose one of ${importable.map(({ name }) => name).join(', ')}`);
  const form = formOf(objective);
  if (!canRead(format, form)) {
    return wrong(
      `format ${format} cannot be read as ${objective.name}, which is read from: ${formatsOf(form).join(', ')}`,
    );
  }
  const schema = mappingSchema(objective);
  const replaced = form.columns.flatMap(({ field, template, replaces = [] }) => [
    ...(template && mapping[template] ? [field] : []),
    ...(mapping[field] ? replaces : []),
  ]);
  const usual = Object.entries(usualFields(format, form)).filter(([field]) => !replaced.includes(field));
  const parsed = schema.safeParse({ ...Object.fromEntries(usual), ...mapping });
  if (!parsed.success) {
    const takes = Object.keys(schema.shape).join(', ');
    return { issues: parsed.error.issues.flatMap((issue) => untaken(issue, objective, takes)) };
  }
  const stored = parsed.data as DatasetMapping;
  const unclear = form.columns.flatMap((column) => notOne(column, form, stored));
  if (unclear.length > 0) return { issues: unclear };
  if (stored.leastRating !== undefined && stored.rating === undefined) {
    const message = 'there is a least rating, and no column of ratings: name it, or leave the least one out';
    return { issues: [{ code: 'custom', path: ['leastRating'], message, input: stored.leastRating }] };
  }
  if (stored.turns !== undefined && stored.messages === undefined) {
    const message =
      'says which turns of conversations are learned, and no column of conversations is named: name messages, or leave it out';
    return { issues: [{ code: 'custom', path: ['turns'], message, input: stored.turns }] };
  }
  return {
    stored,
    objective,
    form,
    columns: Object.fromEntries(
      form.columns.flatMap(({ field }) => (stored[field] === undefined ? [] : [[field, stored[field] as string]])),
    ),
    templates: new Map(
      form.columns.flatMap(({ field, template }) =>
        template && stored[template] !== undefined
          ? [[field, { field: template, template: promptTemplate(stored[template] as string) }]]
          : [],
      ),
    ),
    ...(stored.classes ? { classes: stored.classes as string[] } : {}),
    ...(stored.origins ? { origins: [...new Set(stored.origins as string[])] } : {}),
    ...(stored.only ? { only: onlyOf(stored.only as string[]) } : {}),
    ...(stored.segmenter && stored.segmenter !== 'spaces' ? { segmenter: stored.segmenter as SegmenterName } : {}),
    ...(stored.normalise === 'query' ? { normalised: true } : {}),
    ...(stored.channels ? { channels: stored.channels as 1 | 3 } : {}),
    ...(stored.leastRating === undefined ? {} : { leastRating: stored.leastRating as number }),
    ...(stored.candidates ? { candidates: stored.candidates as number } : {}),
    turns: (stored.turns as 'all' | 'last' | undefined) ?? 'all',
    ...(stored.answerTokens ? { answerTokens: stored.answerTokens as number } : {}),
  };
}
