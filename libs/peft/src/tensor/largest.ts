/**
 * The `count` of these indices whose scores are largest, the largest first; of equal ones the lower index. Nearly all are worse than the
 * worst found so far: nothing is sorted.
 *
 * @example
 * largest([0, 1, 2], 2, [0.5, 0.1, 0.7]); // [2, 0]
 */
export function largest(indices: Iterable<number>, count: number, scores: ArrayLike<number>): number[] {
  const found: number[] = [];
  const isBetter = (a: number, b: number) => scores[a]! > scores[b]! || (scores[a] === scores[b] && a < b);
  for (const index of indices) {
    if (found.length >= count && !(count > 0 && isBetter(index, found[count - 1]!))) continue;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBetter(found[middle]!, index)) low = middle + 1;
      else high = middle;
    }
    found.splice(low, 0, index);
    if (found.length > count) found.pop();
  }
  return found;
}
