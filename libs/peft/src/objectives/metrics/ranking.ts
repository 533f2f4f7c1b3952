/**
 * @file Metrics of a query's ranking, as trec_eval defines them. A row is relevant where its grade is above 0. Of equal scores the
 * row with the lower grade stands first, so that a model that tells no rows apart gains nothing by their order.
 */

/** Grades of the rows of a query in the order of their scores, best first. Rows that are lost stand in no order. */
export function ranked(scores: ArrayLike<number>, grades: ArrayLike<number>, lost?: ArrayLike<number>): number[] {
  const rows = Array.from(scores, (score, row) => ({ score, grade: grades[row]!, isLost: lost?.[row] === 1 }));
  return rows
    .filter(({ isLost }) => !isLost)
    .sort((a, b) => b.score - a.score || a.grade - b.grade)
    .map(({ grade }) => grade);
}

/** `Σ grade / log₂(1 + rank)` of the first `cut` over that of the best order of all rows; 0 where no row is relevant. */
export function ndcg(order: readonly number[], all: readonly number[], cut: number): number {
  const gain = (grades: readonly number[]) =>
    grades.slice(0, cut).reduce((sum, grade, at) => sum + grade / Math.log2(at + 2), 0);
  const best = gain(all.toSorted((a, b) => b - a));
  return best === 0 ? 0 : gain(order) / best;
}

/** One over the rank of the first relevant row; 0 where none is among the first `cut`. */
export function reciprocalRank(order: readonly number[], cut: number): number {
  const first = order.slice(0, cut).findIndex((grade) => grade > 0);
  return first < 0 ? 0 : 1 / (first + 1);
}

const relevant = (grades: readonly number[]): number => grades.filter((grade) => grade > 0).length;

/** Share of the relevant rows that are among the first `cut`; 0 where there are none. */
export const recall = (order: readonly number[], all: readonly number[], cut: number): number =>
  relevant(order.slice(0, cut)) / Math.max(1, relevant(all));

/** Mean over the relevant rows of the share of relevant rows down to each, which is 0 for those in no order; 0 where there are none. */
export function averagePrecision(order: readonly number[], all: readonly number[]): number {
  let [found, sum] = [0, 0];
  order.forEach((grade, at) => {
    if (grade <= 0) return;
    found += 1;
    sum += found / (at + 1);
  });
  return sum / Math.max(1, relevant(all));
}
