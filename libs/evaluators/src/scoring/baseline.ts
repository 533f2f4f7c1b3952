/** @file Scores of a baseline, which reads words and no model. */

import { bySpaces, createRandom, type Evaluation, type Method, type TaskData } from '@rankforge/peft';
import { examinationOf } from '../asking.js';
import { type OrderRecord, OrderScores, rankedSplit, type SplitName, trainingQueries } from './ranked.js';

export interface BaselineInput {
  method: Method;
  /** Parsed by the method's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: SplitName;
  seed: number;
}

/**
 * Scores every unit of a split by a method that trains nothing.
 *
 * @throws Error if the method trains, or the data has no queries with rows
 * @example
 * scoreBaseline({ method: findContender('bm25'), config: {}, data, split: 'test', seed: 0 }).metrics['ndcg@10'];
 */
export function scoreBaseline({
  method,
  config,
  data,
  split,
  seed,
}: BaselineInput): Evaluation & { orders: readonly OrderRecord[] } {
  if (method.reranker) throw new Error(`${method.name} asks a judge: it is scored as a procedure`);
  if (examinationOf(method)) throw new Error(`${method.name} examines a model: it is scored as an examination`);
  if (!method.ranker) throw new Error(`${method.name} is trained: it scores nothing without an adapter`);
  const ranked = rankedSplit(method, data, split);
  const { queries, collection } = ranked;
  const scores = new OrderScores(data, ranked);
  for (const own of method.ranker({
    queries,
    collection,
    training: () => trainingQueries(data),
    segmenter: data.segmenter ?? bySpaces,
    config: method.config.parse(config),
    random: createRandom(seed).fork(`${method.name} on ${split}`),
  })) {
    scores.add(own);
  }
  return { ...scores.evaluation(), orders: scores.orders };
}
