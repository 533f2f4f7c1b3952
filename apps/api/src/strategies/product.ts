import { uniformBigInt } from 'pure-rand/distribution/uniformBigInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Number of points of a product of axes; exact however large. */
export function productSize(lengths: readonly number[]): bigint {
  return lengths.reduce((size, length) => size * BigInt(length), 1n);
}

/**
 * Coordinates of the point at `index` of a product of axes, the last axis moving fastest.
 * @example pointAt(4n, [2, 3]) // [1, 1]
 */
export function pointAt(index: bigint, lengths: readonly number[]): number[] {
  const point = new Array<number>(lengths.length);
  let rest = index;
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const length = BigInt(lengths[axis]!);
    point[axis] = Number(rest % length);
    rest /= length;
  }
  return point;
}

/**
 * `count` different indices below `size`, ascending, the same for the same seed (Floyd's sampling: the product is
 * never made).
 */
export function sampleIndices(size: bigint, count: number, seed: number): bigint[] {
  const random = xoroshiro128plus(seed);
  const chosen = new Set<bigint>();
  const wanted = BigInt(count) < size ? BigInt(count) : size;
  for (let top = size - wanted; top < size; top++) {
    const drawn = uniformBigInt(random, 0n, top);
    chosen.add(chosen.has(drawn) ? top : drawn);
  }
  return [...chosen].sort((a, b) => (a < b ? -1 : 1));
}
