/**
 * @file Losses of the rows of one query by their scores, with gradients, on the host. Objectives score queries by them, and recipes train
 * by them.
 */
import { softplus } from './answers.js';

export interface QueryLoss {
  value: number;
  /** An entry for each row. */
  gradient: Float64Array;
}

/** Parts of the query's grades; none where no row is relevant. */
export function sharesOf(grades: ArrayLike<number>): number[] {
  const all = Array.from(grades);
  const total = all.reduce((sum, grade) => sum + grade, 0);
  return all.map((grade) => (total === 0 ? 0 : grade / total));
}

/** `log softmax` of scores. */
export function logSoftmax(scores: ArrayLike<number>): number[] {
  const all = Array.from(scores);
  const largest = all.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const logSumExp = largest + Math.log(all.reduce((sum, score) => sum + Math.exp(score - largest), 0));
  return all.map((score) => score - logSumExp);
}

/** Cross-entropy of the softmax of scores to weights, which need not sum to 1: `−Σ weight · log softmax(scores)`. */
export function softmaxCrossEntropy(scores: ArrayLike<number>, weights: ArrayLike<number>): QueryLoss {
  const logs = logSoftmax(scores);
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  return {
    value: logs.reduce((sum, log, row) => sum - weights[row]! * log, 0),
    gradient: Float64Array.from(logs, (log, row) => Math.exp(log) * total - weights[row]!),
  };
}

/** The list as a whole: cross-entropy of the softmax of scores to the rows' shares of the grades. */
export const listwise = (scores: ArrayLike<number>, grades: ArrayLike<number>): QueryLoss =>
  softmaxCrossEntropy(scores, sharesOf(grades));

/** `[worse, better]` of rows of a query. */
export function pairsOf(grades: ArrayLike<number>): [worse: number, better: number][] {
  const rows = Array.from(grades, (grade, row) => ({ grade, row }));
  return rows.flatMap((worse) =>
    rows.filter(({ grade }) => grade > worse.grade).map((better): [number, number] => [worse.row, better.row]),
  );
}

/** Value and slope of a pair's loss by how much higher the worse row scores, times the weight of the pair. */
type PairTerm = (excess: number, worse: number, better: number) => { value: number; slope: number };

/** Sum over pairs of rows with different grades. */
export function overPairs(scores: ArrayLike<number>, grades: ArrayLike<number>, term: PairTerm): QueryLoss {
  const gradient = new Float64Array(scores.length);
  let sum = 0;
  for (const [worse, better] of pairsOf(grades)) {
    const { value, slope } = term(scores[worse]! - scores[better]!, worse, better);
    sum += value;
    gradient[worse]! += slope;
    gradient[better]! -= slope;
  }
  return { value: sum, gradient };
}

/** Makes a sum over pairs their mean; 0 where no grades differ. */
function meanOverPairs({ value, gradient }: QueryLoss, grades: ArrayLike<number>): QueryLoss {
  const pairs = Math.max(1, pairsOf(grades).length);
  return { value: value / pairs, gradient: gradient.map((slope) => slope / pairs) };
}

const logistic = (excess: number) => ({ value: softplus(excess), slope: 1 / (1 + Math.exp(-excess)) });

/** RankNet: the mean over pairs of `log(1 + exp(worse − better))`. */
export const ranknet = (scores: ArrayLike<number>, grades: ArrayLike<number>): QueryLoss =>
  meanOverPairs(overPairs(scores, grades, logistic), grades);

/** The mean over pairs of `max(0, margin + worse − better)`. */
export const hinge = (scores: ArrayLike<number>, grades: ArrayLike<number>, margin: number): QueryLoss =>
  meanOverPairs(
    overPairs(scores, grades, (excess) => ({
      value: Math.max(0, margin + excess),
      slope: margin + excess > 0 ? 1 : 0,
    })),
    grades,
  );

/**
 * LambdaRank: RankNet's pairs, each by how much nDCG@cut would change if its rows changed places in the order of the scores. Of equal
 * scores the earlier row stands first.
 */
export function lambda(scores: ArrayLike<number>, grades: ArrayLike<number>, cut: number): QueryLoss {
  const places = placesOf(scores);
  const discount = (place: number) => (place < cut ? 1 / Math.log2(place + 2) : 0);
  const best = Array.from(grades)
    .sort((a, b) => b - a)
    .reduce((sum, grade, place) => sum + grade * discount(place), 0);
  return overPairs(scores, grades, (excess, worse, better) => {
    const moved = Math.abs(discount(places[worse]!) - discount(places[better]!));
    const weight = ((grades[better]! - grades[worse]!) * moved) / best;
    const { value, slope } = logistic(excess);
    return { value: weight * value, slope: weight * slope };
  });
}

/** The place of each row in the order of scores, from 0. */
function placesOf(scores: ArrayLike<number>): number[] {
  const order = Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const places = new Array<number>(order.length);
  order.forEach((row, place) => {
    places[row] = place;
  });
  return places;
}
