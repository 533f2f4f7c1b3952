/** @file Permutations as torch draws them, for methods whose files hold a seed in place of what was drawn. */
import { mersenne } from 'pure-rand/generator/mersenne';

/** From this size on torch draws with 64 bits. */
export const LONGEST_PERMUTATION = Math.floor((2 ** 32 - 1) / 20);

/**
 * The first `count` entries of `torch.randperm(size)` on a CPU generator with this seed: the Mersenne Twister, and a swap of
 * each place with one behind it.
 *
 * @throws RangeError if `size` is too large to be drawn so, or `count` is above it
 * @example torchPermutation(777, 40, 3) // [15, 9, 39]
 */
export function torchPermutation(seed: number, size: number, count: number): number[] {
  if (size >= LONGEST_PERMUTATION || count > size) {
    throw new RangeError(
      `A permutation of ${size} of which ${count} are asked for; expected fewer than ${LONGEST_PERMUTATION}`,
    );
  }
  const generator = mersenne(seed);
  const moved = new Map<number, number>();
  const at = (place: number) => moved.get(place) ?? place;
  return Array.from({ length: count }, (_, place) => {
    // The last place has nothing to be swapped with, and draws nothing.
    const other = place === size - 1 ? place : place + ((generator.next() >>> 0) % (size - place));
    const [here, there] = [at(place), at(other)];
    moved.set(place, there);
    moved.set(other, here);
    return there;
  });
}
