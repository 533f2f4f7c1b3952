/** @file Seeded randomness that is handed in; nothing in the library calls `Math.random`. */
import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** The next number of a stream: uniform in [0, 1). */
export type Draws = () => number;

/**
 * The stream of a seed and a label (xoroshiro128+, 53 bits a draw). A label for each suggestion, such as the number of its
 * trial, makes the suggestion independent of how much was drawn before, so that there is no state to keep.
 *
 * @example seededDraws(7, 'trial/12')() // the same number on every machine
 */
export function seededDraws(seed: number | string, label: string): Draws {
  const digest = createHash('sha256').update(`${seed}/${label}`).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
  return () => ((generator.next() >>> 5) * 0x4000000 + (generator.next() >>> 6)) / 2 ** 53;
}
