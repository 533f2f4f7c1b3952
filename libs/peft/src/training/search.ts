/**
 * @file Units that are scored by searching a corpus: it is encoded, and all of it is compared with each query. What is encoded lies on
 * the host; of the similarities, which are as many as queries times documents, no more than a bound are held anywhere.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { timesTransposed } from '../engine/products.js';
import type { ModelConfig } from '../models/config.js';
import type { ModelAccess } from '../models/forward.js';
import type { Batch, Split } from '../objectives/data.js';
import type { Columns } from '../objectives/metrics/metric.js';
import { findObjective } from '../objectives/registry.js';
import { tf } from '../tensor/tf.js';
import type { TaskData } from './data.js';
import { objectiveOf } from './loss.js';
import type { Turn } from './turns.js';

/** Queries, and documents, that are multiplied at a time on the device. */
export const searchBlock = { queries: 32, documents: 256 } as const;

/** Similarities that are held on the host at most, 16 MiB, or those of one query where it has more. */
const MOST_SIMILARITIES = 2 ** 22;

/** Rows that are encoded at a time where so many units are trained on: each has a query and a document at least. */
export const encodedAtATime = (batchSize: number): number => 2 * batchSize;

export interface SearchInput {
  model: ModelConfig;
  access: ModelAccess;
  data: TaskData;
  split: Split;
  /** Units that are trained on at a time. */
  batchSize: number;
  turn: Turn;
}

/**
 * Scores of every unit of a split over the whole corpus.
 *
 * @throws Error where the data has no corpus, or the split no queries for it
 */
export async function scoreSearched(input: SearchInput): Promise<Columns> {
  const { data, split } = input;
  const { corpus, searches } = searchedData(data, split);
  const documents = await encoded(input, corpus);
  const most = Math.min(searchBlock.queries, Math.max(1, Math.floor(MOST_SIMILARITIES / corpus.size)));
  const columns: Record<string, Float64Array> = {};
  for (let start = 0; start < split.size; start += most) {
    const units = Array.from({ length: Math.min(most, split.size - start) }, (_, offset) => start + offset);
    const batch = (own: readonly number[]) => searches.batch(own.map((at) => units[at]!));
    const queries = await encoded(input, { size: units.length, batch });
    const read = await innerProducts(queries, documents, { queries: units.length, documents: corpus.size, ...input });
    const scores = findObjective(data.objective).score(read, unitsInCorpus(data, split, units), data);
    for (const [name, values] of Object.entries(scores)) {
      columns[name] ??= new Float64Array(split.size);
      columns[name].set(values, start);
    }
  }
  return columns;
}

function searchedData({ corpus, objective }: TaskData, { searches }: Split) {
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
  units.forEach((unit, at) => {
    for (const { document, grade } of searches.relevant(unit)) values[at * corpus.size + document] = grade;
  });
  const groups = new Int32Array(units.length).fill(corpus.size);
  const none = new Int32Array(0);
  return { size: values.length, sequence: 0, inputs: none, targets: none, lengths: none, values, groups };
}

/** Rows one after another, as the outputs of the objective give them for comparison. */
async function encoded(
  { model, access, data, batchSize, turn }: SearchInput,
  { size, batch }: { size: number; batch(indices: readonly number[]): Batch },
): Promise<Float32Array> {
  const { read } = objectiveOf(data.objective);
  let all: Float32Array | undefined;
  const take = encodedAtATime(batchSize);
  for (let start = 0; start < size; start += take) {
    await turn.pass();
    const rows = Array.from({ length: Math.min(take, size - start) }, (_, offset) => start + offset);
    const values = await read(model, batch(rows), access);
    const width = values.length / rows.length;
    all ??= new Float32Array(size * width);
    all.set(values, start * width);
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
