/** @file Scores of a baseline, which reads words and no model. */

import { bySpaces, createRandom, type Evaluation, type TaskData } from '@rankforge/peft';
import type { Evaluator, PartKind } from '../evaluator.js';
import { type OrderRecord, OrderScores, rankedSplit, type SplitName, trainingQueries } from './ranked.js';

export interface BaselineInput {
  evaluator: Evaluator;
  /** Parsed by the evaluator's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: SplitName;
  seed: number;
}

/**
 * Scores every unit of a split by a baseline.
 *
 * @throws Error if the evaluator is no baseline, or the data has no queries with rows
 * @example
 * scoreBaseline({ evaluator: findEvaluator('bm25'), config: {}, data, split: 'test', seed: 0 }).metrics['ndcg@10'];
 */
export function scoreBaseline({
  evaluator,
  config,
  data,
  split,
  seed,
}: BaselineInput): Evaluation & { orders: readonly OrderRecord[] } {
  const { name, part } = evaluator;
  if (part.kind !== 'ranker') throw new Error(`${name} is no baseline: ${scoredAs[part.kind]}`);
  const ranked = rankedSplit(evaluator, data, split);
  const { queries, collection } = ranked;
  const scores = new OrderScores(data, ranked);
  for (const own of part.scores({
    queries,
    collection,
    training: () => trainingQueries(data),
    segmenter: data.segmenter ?? bySpaces,
    config: evaluator.config.parse(config),
    random: createRandom(seed).fork(`${name} on ${split}`),
  })) {
    scores.add(own);
  }
  return { ...scores.evaluation(), orders: scores.orders };
}

/** How evaluators of other parts are scored, for people. */
const scoredAs: Record<Exclude<PartKind, 'ranker'>, string> = {
  reranker: 'it asks a judge, and is scored as a procedure',
  answerer: 'it answers questions, and is scored as a procedure',
  summarizer: 'it summarizes documents, and is scored as a procedure',
  robustness: 'it examines a ranker, and is scored as an examination',
  visibility: 'it examines a model that recommends, and is scored as an audit',
};
