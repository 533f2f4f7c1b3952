/** @file Points of a product of lists that cover every list alike, however large the product is. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** At most `count` of so many places, spread evenly from the first to the last; the middle where there is one. */
function spread(length: number, count: number): number[] {
  if (count >= length) return Array.from({ length }, (_, place) => place);
  if (count === 1) return [Math.floor((length - 1) / 2)];
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - 1)) / (count - 1)));
}

function shuffled<T>(values: readonly T[], random: RandomGenerator): T[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * `count` different points of a product of lists, by their places on each, the same for the same seed. Every list is walked
 * in turn, in an order of its own, so that its values are tried equally often, but for one; of a list that is longer than
 * `count`, values from end to end are. There have to be that many points.
 *
 * With a list of N and one of L the pairs `j mod N`, `(j + ⌊j / lcm(N, L)⌋) mod L` differ for all j below N·L; each list is
 * so paired with those before it taken together.
 */
export function coveringPoints(lengths: readonly number[], count: number, seed: number): number[][] {
  const random = xoroshiro128plus(seed);
  const lists = lengths.map((length) => shuffled(spread(length, count), random));
  const before = lists.map((_, axis) => lists.slice(0, axis).reduce((product, { length }) => product * length, 1));
  return Array.from({ length: count }, (_, index) => {
    const point = new Array<number>(lists.length);
    let rest = index;
    for (let axis = lists.length - 1; axis >= 0; axis--) {
      const list = lists[axis]!;
      const others = before[axis]!;
      // With more points before it than are asked for no pair comes twice.
      const round = others >= count ? 0 : Math.floor(rest / ((others * list.length) / gcd(others, list.length)));
      point[axis] = list[(rest + round) % list.length]!;
      rest = others >= count ? rest : rest % others;
    }
    return point;
  });
}
