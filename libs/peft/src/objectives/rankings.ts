/** @file Parts that objectives over the graded rows of a query share, whatever their loss. */
import { groupsOf, valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { meanOf } from './metrics/metric.js';
import { averagePrecision, ndcg, ranked, recall, reciprocalRank } from './metrics/ranking.js';
import type { Objective } from './objective.js';

const cut = 10;

/** @returns for each unit of a batch the index of its first row, and its number of rows */
export function unitsOf(batch: Batch): { start: number; size: number }[] {
  let next = 0;
  return Array.from(groupsOf(batch), (size) => {
    const start = next;
    next += size;
    return { start, size };
  });
}

export const ofRankedRows = {
  unit: 'query',
  examples: 'graded',
  on: 'head',
  outputs: () => 1,
  sumsOver: 'units',
  count: (batch) => groupsOf(batch).length,
  metrics: [
    meanOf(`ndcg@${cut}`, { name: `ndcg@${cut}`, direction: 'maximize', range: [0, 1] }),
    meanOf(`rr@${cut}`, { name: `rr@${cut}`, direction: 'maximize', range: [0, 1] }),
    meanOf('ap', { name: 'ap', direction: 'maximize', range: [0, 1] }),
    meanOf(`recall@${cut}`, { name: `recall@${cut}`, direction: 'maximize', range: [0, 1] }),
  ],
} satisfies Partial<Objective>;

/** @param lossOf loss of one query from scores and grades of its rows */
export const scoreOfQueries =
  (lossOf: (scores: Float32Array, grades: Float32Array) => number): Objective['score'] =>
  (read, batch) => {
    const grades = valuesOf(batch);
    const queries = unitsOf(batch).map(({ start, size }) => {
      const [scores, own] = [read.subarray(start, start + size), grades.subarray(start, start + size)];
      const order = ranked(scores, own, batch.lost?.subarray(start, start + size));
      return { loss: lossOf(scores, own), order, all: Array.from(own) };
    });
    return {
      loss: Float64Array.from(queries, ({ loss }) => loss),
      [`ndcg@${cut}`]: Float64Array.from(queries, ({ order, all }) => ndcg(order, all, cut)),
      [`rr@${cut}`]: Float64Array.from(queries, ({ order }) => reciprocalRank(order, cut)),
      ap: Float64Array.from(queries, ({ order, all }) => averagePrecision(order, all)),
      [`recall@${cut}`]: Float64Array.from(queries, ({ order, all }) => recall(order, all, cut)),
    };
  };
