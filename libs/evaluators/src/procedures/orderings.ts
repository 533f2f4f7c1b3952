/** @file The orderings of pairwise ranking prompting (Qin et al. 2023, arXiv 2306.17563), by any comparison. */

/** Which of two candidates stands first: above 0 the one, below 0 the other, 0 where it cannot be told. */
export type Compare = (one: number, other: number) => Promise<number>;

/** Every pair: a candidate gets 1 for each that it beats and ½ for each that it cannot be told from; of equal ones the earlier. */
export async function allPairs(count: number, compare: Compare): Promise<number[]> {
  const wins = new Float64Array(count);
  for (let one = 0; one < count; one++) {
    for (let other = one + 1; other < count; other++) {
      const order = await compare(one, other);
      wins[one]! += order > 0 ? 1 : order === 0 ? 0.5 : 0;
      wins[other]! += order < 0 ? 1 : order === 0 ? 0.5 : 0;
    }
  }
  return places(count).sort((a, b) => wins[b]! - wins[a]! || a - b);
}

/** Heapsort. Of two that cannot be told apart the earlier stands first. */
export async function heapSort(count: number, compare: Compare): Promise<number[]> {
  const heap = places(count);
  const worse = async (a: number, b: number) => ((await compare(heap[a]!, heap[b]!)) || heap[b]! - heap[a]!) < 0;
  // The worst is at the root: what is taken from it fills the order from its end.
  const sink = async (from: number, size: number) => {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < size && (await worse(child, least))) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  };
  for (let at = Math.floor(count / 2) - 1; at >= 0; at--) await sink(at, count);
  for (let size = count - 1; size > 0; size--) {
    [heap[0], heap[size]] = [heap[size]!, heap[0]!];
    await sink(0, size);
  }
  return heap;
}

/** The most comparisons of `heapSort`: every sinking reaches the bottom. */
export function heapSortComparisons(count: number): number {
  const sinking = (from: number, size: number): number => {
    let most = 0;
    for (let at = from; 2 * at + 1 < size; at = 2 * at + 1) most += 2 * at + 2 < size ? 2 : 1;
    return most;
  };
  let sum = 0;
  for (let at = Math.floor(count / 2) - 1; at >= 0; at--) sum += sinking(at, count);
  for (let size = count - 1; size > 0; size--) sum += sinking(0, size);
  return sum;
}

/** So many passes from the bottom: of two neighbours the better goes up. Pass k leaves the k best on top. */
export async function sliding(count: number, passes: number, compare: Compare): Promise<number[]> {
  const order = places(count);
  for (let pass = 0; pass < passes; pass++) {
    for (let at = count - 1; at > pass; at--) {
      if ((await compare(order[at - 1]!, order[at]!)) < 0) [order[at - 1], order[at]] = [order[at]!, order[at - 1]!];
    }
  }
  return order;
}

export function slidingComparisons(count: number, passes: number): number {
  let sum = 0;
  for (let pass = 0; pass < Math.min(passes, count - 1); pass++) sum += count - 1 - pass;
  return sum;
}

const places = (count: number): number[] => Array.from({ length: count }, (_, place) => place);
