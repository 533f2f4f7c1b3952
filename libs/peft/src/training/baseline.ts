/** @file Scores of a baseline, which reads words and no model. */
import type { Method } from '../method.js';
import { findObjective } from '../objectives/registry.js';
import { createRandom } from '../tensor/random.js';
import type { TaskData } from './data.js';
import type { Evaluation } from './evaluate.js';
import { metricParts, summarize } from './metrics.js';

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
  const { queries = [], size, answers } = data[split];
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  if (queries.length !== size || !answers) {
    throw new Error(`${method.name} orders the rows of queries, and the data of ${data.objective} has none`);
  }
  const scores = method.ranker({
    queries,
    collection: collectionOf(data),
    config: method.config.parse(config),
    random: createRandom(seed).fork(`${method.name} on ${split}`),
  });
  const units = Array.from({ length: size }, (_, index) => index);
  const rows = scores.flat();
  const columns = findObjective(data.objective).score(
    Float32Array.from(rows),
    {
      size: rows.length,
      sequence: 0,
      inputs: new Int32Array(0),
      lengths: new Int32Array(rows.length),
      groups: Int32Array.from(queries, (query) => query.rows.length),
      ...answers(units),
    },
    data,
  );
  const of = { objective: data.objective, columns };
  const examples = Object.entries(metricParts(of)).map(([name, part]) => [name, part.examples]);
  return { ...of, metrics: summarize(of), examples: Object.fromEntries(examples) };
}

/** Every different text of the data. */
function collectionOf({ train, validation, test }: TaskData): string[] {
  const queries = [train, validation, test].flatMap((split) => split.queries ?? []);
  return [...new Set(queries.flatMap(({ rows }) => rows))];
}
