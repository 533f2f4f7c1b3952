/** @file Scores of a baseline, which reads words and no model. */
import type { Method } from '../method.js';
import type { Batch, Split } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import { createRandom } from '../tensor/random.js';
import type { TaskData } from './data.js';
import type { Evaluation } from './evaluate.js';
import { metricParts, summarize } from './metrics.js';
import { unitsInCorpus } from './search.js';

export interface BaselineInput {
  method: Method;
  /** Parsed by the method's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: 'train' | 'validation' | 'test';
  seed: number;
}

/**
 * Scores every unit of a split by a method that trains nothing.
 *
 * @throws Error if the method trains, or the data has no queries with rows
 * @example
 * scoreBaseline({ method: findMethod('bm25'), config: {}, data, split: 'test', seed: 0 }).metrics['ndcg@10'];
 */
export function scoreBaseline({ method, config, data, split, seed }: BaselineInput): Evaluation {
  if (!method.ranker) throw new Error(`${method.name} is trained: it scores nothing without an adapter`);
  const own = data[split];
  const { queries = [], size } = own;
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  if (queries.length !== size || !(data.corpus || own.answers)) {
    throw new Error(`${method.name} orders the rows of queries, and the data of ${data.objective} has none`);
  }
  const ranked = method.ranker({
    queries,
    collection: data.corpus?.texts ?? collectionOf(data),
    config: method.config.parse(config),
    random: createRandom(seed).fork(`${method.name} on ${split}`),
  });
  const objective = findObjective(data.objective);
  const columns: Record<string, Float64Array> = {};
  let unit = 0;
  for (const scores of ranked) {
    for (const [name, [value]] of Object.entries(
      objective.score(Float32Array.from(scores), judged(data, own, unit), data),
    )) {
      columns[name] ??= new Float64Array(size);
      columns[name][unit] = value!;
    }
    unit += 1;
  }
  const of = { objective: data.objective, columns };
  const examples = Object.entries(metricParts(of)).map(([name, part]) => [name, part.examples]);
  return { ...of, metrics: summarize(of), examples: Object.fromEntries(examples) };
}

/** The rows of a unit, or the whole corpus, with their grades. */
function judged(data: TaskData, split: Split, unit: number): Batch {
  if (data.corpus) return unitsInCorpus(data, split, [unit]);
  const size = split.queries![unit]!.rows.length;
  const none = new Int32Array(0);
  const bare = { size, sequence: 0, inputs: none, lengths: none, groups: Int32Array.of(size) };
  return { ...bare, ...split.answers!([unit]) };
}

/** Every different text of the data. */
function collectionOf({ train, validation, test }: TaskData): string[] {
  const queries = [train, validation, test].flatMap((split) => split.queries ?? []);
  return [...new Set(queries.flatMap(({ rows }) => rows))];
}
