/** @file Spreading a budget of ranks over layers by what each further rank of a layer is worth. */

/**
 * How many ranks each layer gets when the budget goes to the ranks worth most, wherever they are. Of equal ones the
 * earlier layer's comes first.
 *
 * @param shares For each layer what its first, second, … rank is worth, in descending order; a layer gets at most as many.
 * @param budget Ranks of all layers together.
 * @param least Ranks that every layer gets, whatever they are worth.
 *
 * @example
 * largestShares([[0.9, 0.1], [0.6, 0.4]], 3); // [1, 2]
 */
export function largestShares(shares: readonly (readonly number[])[], budget: number, least = 0): number[] {
  const ranks = shares.map((own) => Math.min(least, own.length));
  const open = shares
    .flatMap((own, layer) => own.slice(least).map((share) => ({ layer, share })))
    .sort((one, other) => other.share - one.share);
  const left = budget - ranks.reduce((sum, rank) => sum + rank, 0);
  for (const { layer } of open.slice(0, Math.max(0, left))) ranks[layer]! += 1;
  return ranks;
}
