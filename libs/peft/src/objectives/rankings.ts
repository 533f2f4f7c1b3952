/** @file Parts that objectives over the graded rows of a query share, whatever their loss. */
import { groupsOf, valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { type Columns, type Metric, meanOf } from './metrics/metric.js';
import {
  averagePrecision,
  ndcg,
  placesOfRelevant,
  type RankedRow,
  ranked,
  recall,
  reciprocalRank,
  type UnitPlaces,
} from './metrics/ranking.js';
import type { Objective } from './objective.js';
import { listwise, sharesOf } from './query-losses.js';

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
  places: placesInOrders,
  metrics: metricsOfOrders,
} satisfies Partial<Objective>;

/** Share of the best order's discounted gain down to a rank. */
export const ndcgDownTo = (rank: number): Metric => share(`ndcg@${rank}`);

/** Scores, grades and lost rows of each unit of a batch. */
const rowsOfUnits = (read: Float32Array, batch: Batch) =>
  unitsOf(batch).map(({ start, size }) => ({
    scores: read.subarray(start, start + size),
    own: valuesOf(batch).subarray(start, start + size),
    lost: batch.lost?.subarray(start, start + size),
  }));

/** Places of the relevant rows of each unit. */
export function placesInOrders(read: Float32Array, batch: Batch): UnitPlaces[] {
  return rowsOfUnits(read, batch).map(({ scores, own, lost }) => placesOfRelevant(scores, own, lost));
}

type LossOfUnit = (scores: Float32Array, grades: Float32Array, lost: Uint8Array | undefined) => number;

/**
 * Scores of units by the order of their rows.
 *
 * @param lossOf loss of one unit from scores and grades of its rows, and which of these stand in no order
 * @param columns numbers of an order by column
 */
export const scoreOfOrders =
  (
    lossOf: LossOfUnit,
    columns: Readonly<Record<string, (order: readonly RankedRow[], grades: Float32Array) => number>>,
  ): Objective['score'] =>
  (read, batch) => {
    const units = rowsOfUnits(read, batch).map(({ scores, own, lost }) => ({
      loss: lossOf(scores, own, lost),
      order: ranked(scores, own, lost),
      own,
    }));
    const scored = Object.entries(columns).map(([name, of]) => [
      name,
      Float64Array.from(units, ({ order, own }) => of(order, own)),
    ]);
    return { loss: Float64Array.from(units, ({ loss }) => loss), ...(Object.fromEntries(scored) as Columns) };
  };

/**
 * @param lossOf loss of one query from scores and grades of its rows
 * @param deeper further ranks down to which the recall is taken
 */
export const scoreOfQueries = (lossOf: LossOfUnit, deeper: readonly number[] = []): Objective['score'] =>
  scoreOfOrders(lossOf, {
    [`ndcg@${cut}`]: (order, own) => ndcg(order, own, cut),
    [`rr@${cut}`]: (order) => reciprocalRank(order, cut),
    ap: averagePrecision,
    ...Object.fromEntries(
      [cut, ...deeper].map((rank) => [
        `recall@${rank}`,
        (order: readonly RankedRow[], own: Float32Array) => recall(order, own, rank),
      ]),
    ),
  });

const lessShares = (batch: Batch): Float32Array =>
  Float32Array.from(
    unitsOf(batch).flatMap(({ start, size }) => sharesOf(valuesOf(batch).subarray(start, start + size))),
    (share) => -share,
  );

/**
 * The order of rows by the cross-entropy of the softmax of their scores to their shares of the query's grades.
 * Source: Bruch et al. 2019, doi 10.1145/3341981.3344221; graded, as ListNet (Cao et al. 2007).
 */
export const bySoftmax = {
  ...ofRankedRows,
  loss: (graph, scores) => graph.weightedSum(graph.unitLogSoftmax(scores), lessShares),
  score: scoreOfQueries((scores, grades) => listwise(scores, grades).value),
} satisfies Partial<Objective>;
