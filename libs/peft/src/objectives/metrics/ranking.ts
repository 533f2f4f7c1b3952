/**
 * @file Metrics of a query's ranking, as trec_eval defines them. A row is relevant where its grade is above 0. Of equal scores the
 * row with the lower grade stands first, so that a model that tells no rows apart gains nothing by their order.
 */

/** A relevant row of a query that stands in its order: its grade, and its rank, which is 1 for the best. */
export interface RankedRow {
  grade: number;
  rank: number;
}

/**
 * The relevant rows of a query in the order of their scores, best first. Rows that are lost stand in no order. The others are
 * counted and not sorted: there may be as many as a corpus has documents.
 */
export function ranked(scores: ArrayLike<number>, grades: ArrayLike<number>, lost?: ArrayLike<number>): RankedRow[] {
  const relevant: { score: number; grade: number }[] = [];
  for (let row = 0; row < scores.length; row++) {
    if (grades[row]! > 0 && lost?.[row] !== 1) relevant.push({ score: scores[row]!, grade: grades[row]! });
  }
  relevant.sort((a, b) => b.score - a.score || a.grade - b.grade);
  // Rows that are not relevant by how many of the relevant ones stand before them.
  const others = new Array<number>(relevant.length + 1).fill(0);
  for (let row = 0; row < scores.length; row++) {
    if (!(grades[row]! > 0) && lost?.[row] !== 1) others[above(relevant, scores[row]!)]! += 1;
  }
  let before = 0;
  return relevant.map(({ grade }, at) => {
    before += others[at]!;
    return { grade, rank: before + at + 1 };
  });
}

/** How many rows, best first, score more. */
function above(relevant: readonly { score: number }[], score: number): number {
  let [low, high] = [0, relevant.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (relevant[middle]!.score > score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `Σ grade / log₂(1 + rank)` down to rank `cut` over that of the best order of all grades; 0 where no row is relevant. */
export function ndcg(order: readonly RankedRow[], grades: ArrayLike<number>, cut: number): number {
  const gain = (rows: readonly RankedRow[]) =>
    rows.reduce((sum, { grade, rank }) => (rank <= cut ? sum + grade / Math.log2(rank + 1) : sum), 0);
  const best = gain(
    relevantOf(grades)
      .sort((a, b) => b - a)
      .map((grade, at) => ({ grade, rank: at + 1 })),
  );
  return best === 0 ? 0 : gain(order) / best;
}

/** One over the rank of the first relevant row; 0 where none is among the first `cut`. */
export function reciprocalRank([first]: readonly RankedRow[], cut: number): number {
  return first === undefined || first.rank > cut ? 0 : 1 / first.rank;
}

/** A row of a query in an order; the first place is 1. */
export interface PlacedRow {
  place: number;
  /** Where it stood before something was done to it. Absent: nothing was. */
  before?: number;
}

/** The rows of a query whose places are kept. */
export interface UnitPlaces {
  /** Rows that stand in the order. */
  size: number;
  /** Rows that count, those that stand in no order included. */
  of: number;
  rows: readonly PlacedRow[];
}

/** The relevant rows of a query in the order of their scores. */
export function placesOfRelevant(
  scores: ArrayLike<number>,
  grades: ArrayLike<number>,
  lost?: ArrayLike<number>,
): UnitPlaces {
  let absent = 0;
  for (let row = 0; row < scores.length; row++) absent += Number(lost?.[row] === 1);
  const rows = ranked(scores, grades, lost).map(({ rank }) => ({ place: rank }));
  return { size: scores.length - absent, of: relevantOf(grades).length, rows };
}

function relevantOf(grades: ArrayLike<number>): number[] {
  const relevant: number[] = [];
  for (let row = 0; row < grades.length; row++) if (grades[row]! > 0) relevant.push(grades[row]!);
  return relevant;
}

/** Share of the relevant rows that are among the first `cut`; 0 where there are none. */
export const recall = (order: readonly RankedRow[], grades: ArrayLike<number>, cut: number): number =>
  order.filter(({ rank }) => rank <= cut).length / Math.max(1, relevantOf(grades).length);

/** Mean over the relevant rows of the share of relevant rows down to each, which is 0 for those in no order; 0 where there are none. */
export const averagePrecision = (order: readonly RankedRow[], grades: ArrayLike<number>): number =>
  order.reduce((sum, { rank }, at) => sum + (at + 1) / rank, 0) / Math.max(1, relevantOf(grades).length);
