/**
 * @file Units that are scored by searching a corpus: it is encoded, and all of it is compared with each query. What is encoded lies on
 * the host; of the similarities, which are as many as queries times documents, no more than a bound are held anywhere.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { TaskData } from '../data/task-data.js';
import { timesTransposed } from '../engine/products.js';
import type { ModelConfig } from '../models/config.js';
import type { Batch, FirstDocuments, Split } from '../objectives/data.js';
import type { ObjectiveName } from '../objectives/registry.js';
import type { Followed } from '../recipes/recipe.js';
import { largest } from '../tensor/largest.js';
import { tf } from '../tensor/tf.js';
import type { Encoded } from './events.js';
import { GatheredScores } from './gathered.js';
import { objectiveOf } from './loss.js';
import type { UnitScores } from './metrics.js';
import type { TrialModel } from './trial.js';
import type { Turn } from './turns.js';

/** Queries, and documents, that are multiplied at a time on the device. */
export const searchBlock = { queries: 32, documents: 256 } as const;

/** Similarities that are held on the host at most, 16 MiB, or those of one query where it has more. */
const MOST_SIMILARITIES = 2 ** 22;

/** Rows that are encoded at a time where so many units are trained on: each has a query and a document at least. */
export const encodedAtATime = (batchSize: number): number => 2 * batchSize;

/** Encodes rows, as the outputs of the objective give them for comparison. */
type Encoder = (batch: Batch) => Promise<Float32Array>;

interface Encoders {
  /** The trial as it stands. */
  queries: Encoder;
  /** The same, or the model before training. */
  documents: Encoder;
  /** Documents of a first search that are added to a query. */
  feedback: number;
  /** The recipe by which queries are asked; undefined: as they are. */
  asked?: Followed | undefined;
}

/** The encoders of queries and documents. */
export function encodersOf(trial: TrialModel, model: ModelConfig, objective: ObjectiveName): Encoders {
  const { read } = objectiveOf(objective);
  const now: Encoder = (batch) => read(model, batch, trial.access());
  const before: Encoder = (batch) => trial.beforeTraining((access) => read(model, batch, access));
  const { fixed, asked } = trial;
  return { queries: now, documents: fixed ? before : now, feedback: fixed?.feedback ?? 0, asked };
}

export interface SearchInput extends Encoders {
  data: TaskData;
  split: Split;
  /** Units that are trained on at a time. */
  batchSize: number;
  turn: Turn;
  /** Keeps the places of relevant documents. */
  places?: boolean | undefined;
  /** Told of documents as they are encoded. */
  onEncoded?: OnEncoded | undefined;
}

export type OnEncoded = (encoded: Encoded) => unknown;

/**
 * Scores of every unit of a split over the whole corpus.
 *
 * @throws Error where the data has no corpus, or the split no queries for it
 */
export async function scoreSearched(input: SearchInput): Promise<UnitScores> {
  const { data, split, feedback } = input;
  const { corpus } = searchedData(data, split);
  const documents = await encodedCorpus(input);
  const scored = new GatheredScores(data, split.size, input);
  const score = (units: readonly number[], read: Float32Array) =>
    scored.add(units[0]!, read, unitsInCorpus(data, split, units));
  for await (const { units, similarities } of searchedInBlocks(input, documents)) {
    if (feedback === 0) {
      score(units, similarities);
      continue;
    }
    const added = firstOf(similarities, { units, corpus, most: feedback }).map((found) => [found]);
    const { searches } = searchedData(data, split);
    const batch = (own: readonly number[]) =>
      searches.readings(
        own.map((at) => units[at]!),
        own.map((at) => added[at]!),
      );
    const queries = await encoded(input, input.queries, { size: units.length, batch });
    score(
      units,
      await innerProducts(queries, documents, { queries: units.length, documents: corpus.size, turn: input.turn }),
    );
  }
  return scored.scores();
}

/**
 * Documents that stand nearest to each query of a split, the nearest first.
 *
 * @param most of them of each query
 * @param without leaves out those that are relevant
 * @param index finds them; undefined: all are compared
 * @throws Error where the data has no corpus, or the split no queries for it
 */
export async function nearest(
  input: SearchInput,
  documents: Float32Array,
  { most, without, index }: { most: number; without: 'relevant' | 'none'; index?: FirstDocuments | undefined },
): Promise<number[][]> {
  const { corpus, searches } = searchedData(input.data, input.split);
  const relevant = (unit: number) =>
    without === 'none' ? [] : searches.relevant(unit).map(({ document }) => document);
  const found: number[][] = [];
  if (index) {
    for await (const { units, queries } of queriesInBlocks(input)) {
      const width = queries.length / units.length;
      const first = (at: number, count: number) => index(queries.subarray(at * width, (at + 1) * width), count);
      units.forEach((unit, at) => {
        found.push(firstWithout(relevant(unit), most, (count) => first(at, count)));
      });
    }
    return found;
  }
  for await (const { units, similarities } of searchedInBlocks(input, documents)) {
    found.push(...firstOf(similarities, { units, corpus, most, without: relevant }));
  }
  return found;
}

/**
 * The share of the documents nearest to a query that an index finds, of the first queries of a split.
 *
 * @param most documents of each query
 */
export async function recallOf(
  index: FirstDocuments,
  input: SearchInput,
  documents: Float32Array,
  { queries: asked, most }: { queries: number; most: number },
): Promise<number> {
  const split = { ...input.split, size: Math.min(asked, input.split.size) };
  const { corpus } = searchedData(input.data, split);
  const shares: number[] = [];
  for await (const { units, queries, similarities } of searchedInBlocks({ ...input, split }, documents)) {
    const width = queries.length / units.length;
    firstOf(similarities, { units, corpus, most }).forEach((nearest, at) => {
      const found = new Set(index(queries.subarray(at * width, (at + 1) * width), most));
      shares.push(nearest.filter((document) => found.has(document)).length / nearest.length);
    });
  }
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** The documents that score highest of each of some units. */
function firstOf(
  similarities: Float32Array,
  {
    units,
    corpus: { size },
    most,
    without = () => [],
  }: {
    units: readonly number[];
    corpus: { size: number };
    most: number;
    without?: (unit: number) => readonly number[];
  },
): number[][] {
  return units.map((unit, at) => {
    const scores = similarities.subarray(at * size, (at + 1) * size);
    return firstWithout(without(unit), most, (count) => largest(scores.keys(), count, scores));
  });
}

/** The first documents of a query that are not barred, of those that `first` gives in their order. */
function firstWithout(barred: readonly number[], most: number, first: (count: number) => readonly number[]): number[] {
  const left = new Set(barred);
  return first(most + left.size)
    .filter((document) => !left.has(document))
    .slice(0, most);
}

/** Similarities of the queries of a split with all documents, of some queries after others. With feedback it is the first search. */
async function* searchedInBlocks(
  input: SearchInput,
  documents: Float32Array,
): AsyncGenerator<{ units: number[]; queries: Float32Array; similarities: Float32Array }> {
  const { corpus } = searchedData(input.data, input.split);
  for await (const { units, queries } of queriesInBlocks(input)) {
    const sizes = { queries: units.length, documents: corpus.size };
    yield { units, queries, similarities: await innerProducts(queries, documents, { ...sizes, turn: input.turn }) };
  }
}

/** Embeddings of the queries of a split, of some after others. With feedback they are those of the first search. */
async function* queriesInBlocks(input: SearchInput): AsyncGenerator<{ units: number[]; queries: Float32Array }> {
  const { data, split, feedback } = input;
  const { corpus, searches } = searchedData(data, split);
  const encoder = feedback > 0 ? input.documents : input.queries;
  const most = Math.min(searchBlock.queries, Math.max(1, Math.floor(MOST_SIMILARITIES / corpus.size)));
  for (let start = 0; start < split.size; start += most) {
    const units = Array.from({ length: Math.min(most, split.size - start) }, (_, offset) => start + offset);
    const batch = (own: readonly number[]) => searches.batch(own.map((at) => units[at]!));
    const queries = input.asked
      ? await askedQueries(input, units, input.asked)
      : await encoded(input, encoder, { size: units.length, batch });
    yield { units, queries };
  }
}

/** Embeddings of queries, made of those of their parts as a recipe says. @throws Error where the split has no words of its queries */
async function askedQueries(
  input: SearchInput,
  units: readonly number[],
  { recipe: { name, ask }, config }: Followed,
): Promise<Float32Array> {
  const { data, split } = input;
  const { searches } = searchedData(data, split);
  const { queries } = split;
  const { texts: rowsOf } = searches;
  if (!queries || !rowsOf) throw new Error(`${name} takes queries apart by their words, and the data has none of them`);
  const parts = units.map((unit) => ask!.parts(queries[unit]!.query, config));
  const texts = parts.flat();
  const batch = (own: readonly number[]) => rowsOf(own.map((at) => texts[at]!));
  const rows = await encoded(input, input.queries, { size: texts.length, batch });
  const width = rows.length / texts.length;
  const made = new Float32Array(units.length * width);
  let row = 0;
  parts.forEach((own, at) => {
    const embeddings = own.map(() => rows.subarray(row++ * width, row * width));
    made.set(ask!.embedding(embeddings, config), at * width);
  });
  return made;
}

/** All documents of the corpus, one after another. @throws Error where the data has none */
export function encodedCorpus({ onEncoded, ...input }: SearchInput): Promise<Float32Array> {
  const { corpus } = searchedData(input.data, input.split);
  const tell = (documents: number) => onEncoded?.({ documents, of: corpus.size });
  return encoded(input, input.documents, { ...corpus, tell });
}

/** @throws Error where the data has no corpus, or the split no queries for it */
export function searchedData({ corpus, objective }: TaskData, { searches }: Split) {
  if (corpus === undefined || searches === undefined) {
    throw new Error(`${objective} searches a corpus, and the data has ${corpus ? 'no queries for it' : 'none'}`);
  }
  return { corpus, searches };
}

/**
 * What a score reads of units whose rows are all documents of the corpus.
 *
 * @throws Error where the data has no corpus, or the split no queries for it
 */
export function unitsInCorpus(data: TaskData, split: Split, units: readonly number[]): Batch {
  const { corpus, searches } = searchedData(data, split);
  const values = new Float32Array(units.length * corpus.size);
  const lost = searches.barred && new Uint8Array(values.length);
  units.forEach((unit, at) => {
    for (const document of searches.barred?.(unit) ?? []) lost![at * corpus.size + document] = 1;
    // Rows of one text are one document, whose grade is the best of theirs.
    for (const { document, grade } of searches.relevant(unit)) {
      const place = at * corpus.size + document;
      values[place] = Math.max(values[place]!, grade);
    }
  });
  const groups = new Int32Array(units.length).fill(corpus.size);
  const none = new Int32Array(0);
  const bare = { size: values.length, sequence: 0, inputs: none, targets: none, lengths: none, values, groups };
  return lost ? { ...bare, lost } : bare;
}

/** Rows one after another. */
async function encoded(
  { batchSize, turn }: Pick<SearchInput, 'batchSize' | 'turn'>,
  encoder: Encoder,
  { size, batch, tell }: { size: number; batch(indices: readonly number[]): Batch; tell?: (rows: number) => unknown },
): Promise<Float32Array> {
  let all: Float32Array | undefined;
  const take = encodedAtATime(batchSize);
  for (let start = 0; start < size; start += take) {
    await turn.pass();
    const rows = Array.from({ length: Math.min(take, size - start) }, (_, offset) => start + offset);
    const values = await encoder(batch(rows));
    const width = values.length / rows.length;
    all ??= new Float32Array(size * width);
    all.set(values, start * width);
    await tell?.(start + rows.length);
  }
  return all ?? new Float32Array(0);
}

/** Inner products `[queries, documents]` of rows of one width, of 32 by 256 at a time on the device. */
export async function innerProducts(
  queries: Float32Array,
  documents: Float32Array,
  { turn, ...count }: { queries: number; documents: number; turn: Turn },
): Promise<Float32Array> {
  const width = queries.length / count.queries;
  const products = new Float32Array(count.queries * count.documents);
  for (let start = 0; start < count.documents; start += searchBlock.documents) {
    await turn.pass();
    const taken = Math.min(searchBlock.documents, count.documents - start);
    const block = documents.subarray(start * width, (start + taken) * width);
    const tensor = tf.tidy(() => timesTransposed(matrix(queries, count.queries, width), matrix(block, taken, width)));
    const values = (await tensor.data()) as Float32Array;
    tensor.dispose();
    for (let query = 0; query < count.queries; query++) {
      products.set(values.subarray(query * taken, (query + 1) * taken), query * count.documents + start);
    }
  }
  return products;
}

const matrix = (values: Float32Array, rows: number, columns: number): tfjs.Tensor2D =>
  tf.tensor2d(values, [rows, columns]);
