/** @file Places of documents in an order by scores, the first of which is 0. */

/** How many others have a larger score. */
export const placeOf = (scores: ArrayLike<number>, row: number, score = scores[row]!): number => {
  let larger = 0;
  for (let other = 0; other < scores.length; other++) if (other !== row && scores[other]! > score) larger += 1;
  return larger;
};

/** Rows from the best to the worst; of equal ones the earlier first. */
export const orderOf = (scores: ArrayLike<number>): number[] =>
  Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b);

/** The worst rows, the best of them first. */
export const worstOf = (scores: ArrayLike<number>, count: number): number[] => orderOf(scores).slice(-count);

/** Indices of the largest values, the largest first; of equal ones the earlier. */
export const largestOf = (values: ArrayLike<number>, count: number): number[] => orderOf(values).slice(0, count);

/** Share of the pairs of rows that two scorings order alike. */
export function agreementOf(a: ArrayLike<number>, b: ArrayLike<number>): { pairs: number; alike: number } {
  let [pairs, alike] = [0, 0];
  for (let one = 0; one < a.length; one++) {
    for (let other = 0; other < one; other++) {
      pairs += 1;
      if (Math.sign(a[one]! - a[other]!) === Math.sign(b[one]! - b[other]!)) alike += 1;
    }
  }
  return { pairs, alike };
}
