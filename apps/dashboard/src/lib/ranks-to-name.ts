/**
 * Ranks that a table says the recall of, as far as a curve goes, and its last.
 * @example ranksToName(11) // [1, 3, 5, 10, 11]
 */
export function ranksToName(last: number): number[] {
  return [...new Set([...[1, 3, 5, 10, 20, 50].filter((rank) => rank < last), ...(last > 0 ? [last] : [])])];
}
