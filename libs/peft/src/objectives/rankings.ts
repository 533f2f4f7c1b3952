/** @file Parts that objectives over the graded rows of a query share, whatever their loss. */
import { groupsOf, valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { type Columns, type Metric, meanOf } from './metrics/metric.js';
import { averagePrecision, ndcg, type RankedRow, ranked, recall, reciprocalRank } from './metrics/ranking.js';
import type { Objective } from './objective.js';

/** Ranks down to which the top of an order counts. */
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

const share = (name: string) => meanOf(name, { name, direction: 'maximize', range: [0, 1] });

/** Metrics of an order of rows. */
export const metricsOfOrders = [share(`ndcg@${cut}`), share(`rr@${cut}`), share('ap'), share(`recall@${cut}`)];

/** Share of the relevant rows down to a rank. */
export const recallDownTo = (rank: number): Metric => share(`recall@${rank}`);

export const ofRankedRows = {
  unit: 'query',
  examples: 'graded',
  on: 'head',
  outputs: () => 1,
  sumsOver: 'units',
  count: (batch) => groupsOf(batch).length,
  metrics: metricsOfOrders,
} satisfies Partial<Objective>;

/**
 * @param lossOf loss of one query from scores and grades of its rows
 * @param deeper further ranks down to which the recall is taken
 */
export const scoreOfQueries =
  (
    lossOf: (scores: Float32Array, grades: Float32Array) => number,
    deeper: readonly number[] = [],
  ): Objective['score'] =>
  (read, batch) => {
    const grades = valuesOf(batch);
    const queries = unitsOf(batch).map(({ start, size }) => {
      const [scores, own] = [read.subarray(start, start + size), grades.subarray(start, start + size)];
      const order = ranked(scores, own, batch.lost?.subarray(start, start + size));
      return { loss: lossOf(scores, own), order, own };
    });
    const column = (of: (order: readonly RankedRow[], own: Float32Array) => number) =>
      Float64Array.from(queries, ({ order, own }) => of(order, own));
    const recalls = [cut, ...deeper].map((rank) => [
      `recall@${rank}`,
      column((order, own) => recall(order, own, rank)),
    ]);
    return {
      loss: Float64Array.from(queries, ({ loss }) => loss),
      [`ndcg@${cut}`]: column((order, own) => ndcg(order, own, cut)),
      [`rr@${cut}`]: column((order) => reciprocalRank(order, cut)),
      ap: column(averagePrecision),
      ...(Object.fromEntries(recalls) as Columns),
    };
  };
