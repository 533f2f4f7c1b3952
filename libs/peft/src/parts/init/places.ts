/** @file Different places drawn out of a number of them. */
import type { Random } from '../../tensor/random.js';

/** `count` different whole numbers below `size`, ascending. Floyd's algorithm: as many draws as places. */
export function drawPlaces(size: number, count: number, random: Random): number[] {
  const chosen = new Set<number>();
  for (let last = size - count; last < size; last++) {
    const place = random.integer(last + 1);
    chosen.add(chosen.has(place) ? last : place);
  }
  return [...chosen].sort((a, b) => a - b);
}
