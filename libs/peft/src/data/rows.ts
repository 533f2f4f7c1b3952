/** @file Rows of each form of examples: what one holds, what the training rows decide for all, and how they become a split. */
import { z } from 'zod';
import type { Split } from '../objectives/data.js';
import type { ExampleFormName } from '../objectives/examples.js';
import type { ObjectiveForms, ObjectiveName } from '../objectives/registry.js';
import { requests } from '../text/question.js';
import { completions } from './completions.js';
import { type FeatureQuery, featureQueries } from './features.js';
import { fieldRows } from './fields.js';
import { gradedTexts } from './graded.js';
import { groundedTexts, libraryOf } from './grounded.js';
import { labelledImages } from './images.js';
import { type Catalogue, catalogueOf, heldOutInteractions, trainedInteractions } from './interactions.js';
import { labelledTexts, numberedTexts } from './labelled.js';
import { questions, writingOf } from './questions.js';
import { corpusOf, searchedTexts } from './searched.js';
import type { TaskData } from './task-data.js';
import type { Text, TextOptions } from './text.js';
import { windows } from './windows.js';

/** Names of classes in the order of their ids, or how a number is scaled. */
export interface RowFacts extends Pick<TaskData, 'classes' | 'unit' | 'writing' | 'corpus' | 'documents'> {
  labels?: readonly string[];
  /** Users and items, where the data is which user took which item. */
  catalogue?: Catalogue;
}

/** How texts are read, and the most tokens of an answer where one is written. */
export interface RowTexts {
  options: TextOptions;
  answerTokens: number;
  /** Documents to search besides those of rows; where rows are interactions, the names of all items. */
  documents: readonly string[];
}

/** Rows of the splits before the one that is made: none where that is the training split. */
export type EarlierRows<Row> = readonly Row[] | undefined;

interface RowKind<Row> {
  row: z.ZodType<Row>;
  /** The input that the model must read for it. */
  input: 'tokens' | 'image' | 'fields' | 'features';
  /** Facts that hold for all splits; from the rows of training, the labels that the caller names, and the rows of all splits. */
  facts(train: readonly Row[], labels: readonly string[] | undefined, texts: RowTexts, every: readonly Row[]): RowFacts;
  split(rows: readonly Row[], facts: RowFacts, options: TextOptions, earlier: EarlierRows<Row>): Split;
}

const text = z.custom<Text>(
  (value) => typeof value === 'string' || (Array.isArray(value) && value.every(Number.isInteger)) || isIds(value),
  'expected a text, or a list of token ids',
);
const isIds = (value: unknown) => value instanceof Int32Array || value instanceof Uint32Array;
const label = z.union([z.string(), z.int()], 'expected the name of a class, or a whole number');
const pixels = z.instanceof(Uint8Array, { error: 'expected samples of 0 to 255 as a Uint8Array' });

/** Numbers sort as numbers: class 10 comes after class 9. */
const byNumber = new Intl.Collator('en', { numeric: true });

function namedClasses(
  train: readonly { label: string | number }[],
  labels: readonly string[] = [...new Set(train.map(({ label }) => String(label)))].sort(byNumber.compare),
): RowFacts {
  if (labels.length < 2) {
    throw new RangeError(`train: expected rows of at least two classes, got ${labels.map(quoted).join() || 'none'}`);
  }
  return { labels, classes: labels.length };
}

const quoted = (name: string) => JSON.stringify(name);

function withIds<Row extends { label: string | number }>(rows: readonly Row[], { labels = [] }: RowFacts) {
  const ids = new Map(labels.map((name, id) => [name, id]));
  return rows.map((row, index) => {
    const id = ids.get(String(row.label));
    if (id === undefined) {
      const known = labels.slice(0, 20).map(quoted).join(', ');
      throw new RangeError(
        `row ${index}, label: ${quoted(String(row.label))} is no class of the training rows (${known}); name all in labels`,
      );
    }
    return { ...row, label: id };
  });
}

function scaleOf(train: readonly { value: number }[]): RowFacts {
  const mean = train.reduce((sum, { value }) => sum + value, 0) / train.length;
  const variance = train.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / train.length;
  return { unit: { mean, deviation: Math.sqrt(variance) || 1 } };
}

/** The schema alone says what a row is. */
const kind = <Row>(record: RowKind<NoInfer<Row>> & { row: z.ZodType<Row> }) => record;

const gradedQuery = z.strictObject({
  query: z.string(),
  rows: z.array(z.strictObject({ text: z.string(), grade: z.number().nonnegative() })).min(1),
});

const featureQuery: z.ZodType<FeatureQuery> = z.strictObject({
  query: z.string(),
  rows: z
    .array(
      z.strictObject({
        features: z.union([z.array(z.number()), z.instanceof(Float32Array)], 'expected a list of numbers'),
        grade: z.number().nonnegative(),
        text: z.string().optional(),
      }),
    )
    .min(1),
});

export const rowKinds = {
  windows: kind({
    row: z.strictObject({ text }),
    input: 'tokens',
    facts: () => ({}),
    split: (rows, _, options) =>
      windows(
        rows.map((row) => row.text),
        options,
      ),
  }),
  completions: kind({
    row: z.strictObject({ prompt: text, completion: text }),
    input: 'tokens',
    facts: () => ({}),
    split: (rows, _, options) => completions(rows, options),
  }),
  answered: kind({
    row: z.strictObject({ prompt: text, answers: z.array(z.string()).min(1) }),
    input: 'tokens',
    facts: (_, __, { options, answerTokens }) => ({ writing: writingOf(options, answerTokens) }),
    split: (rows, { writing }, options) => questions(rows, options, writing!),
  }),
  grounded: kind({
    row: z.strictObject({
      prompt: z.string(),
      answers: z.array(z.string()).min(1),
      evidence: z.array(z.string()),
      request: z.enum(requests).optional(),
      search: z.string().optional(),
    }),
    input: 'tokens',
    facts: (_, __, { options, answerTokens, documents }, every) => ({
      writing: writingOf(options, answerTokens),
      documents: libraryOf(every, documents),
    }),
    split: (rows, { writing, documents }, options) => groundedTexts(rows, { documents: documents! }, options, writing!),
  }),
  labelled: kind({
    row: z.strictObject({ text, label }),
    input: 'tokens',
    facts: namedClasses,
    split: (rows, facts, options) => labelledTexts(withIds(rows, facts), options),
  }),
  numbered: kind({
    row: z.strictObject({ text, value: z.number() }),
    input: 'tokens',
    facts: scaleOf,
    split: (rows, { unit }, options) =>
      numberedTexts(
        rows.map(({ text, value }) => ({ text, number: value })),
        unit!,
        options,
      ),
  }),
  images: kind({
    row: z.strictObject({ pixels, label }),
    input: 'image',
    facts: namedClasses,
    split: (rows, facts) => labelledImages(withIds(rows, facts)),
  }),
  graded: kind({
    row: gradedQuery,
    input: 'tokens',
    facts: () => ({}),
    split: (rows, _, options) => gradedTexts(rows, options),
  }),
  searched: kind({
    row: gradedQuery,
    input: 'tokens',
    facts: (_, __, { options, documents }, every) => ({ corpus: corpusOf(every, documents, options) }),
    split: (rows, { corpus }, options) => searchedTexts(rows, corpus!, options),
  }),
  interactions: kind({
    row: z.strictObject({ user: z.string().min(1), item: z.string().min(1), time: z.number().optional() }),
    input: 'fields',
    facts(train, _, { documents }, every) {
      const catalogue = catalogueOf(train, every, documents);
      return { catalogue, corpus: catalogue.corpus };
    },
    split: (rows, { catalogue }, _, earlier) =>
      earlier === undefined ? trainedInteractions(rows, catalogue!) : heldOutInteractions(rows, earlier, catalogue!),
  }),
  features: kind({
    row: featureQuery,
    input: 'features',
    facts: () => ({}),
    split: (rows) => featureQueries(rows),
  }),
  fields: kind({
    row: z.strictObject({ fields: z.array(z.int().nonnegative()), event: z.boolean() }),
    input: 'fields',
    facts: () => ({}),
    split: (rows) =>
      fieldRows({
        size: rows.length,
        ids: Int32Array.from(rows.flatMap(({ fields }) => fields)),
        events: rows.map(({ event }) => Number(event)),
      }),
  }),
} satisfies Record<ExampleFormName, unknown>;

export type RowKindOf<O extends ObjectiveName> = (typeof rowKinds)[ObjectiveForms[O]];
/** A row of an objective. */
export type RowOf<O extends ObjectiveName> = z.output<RowKindOf<O>['row']>;
