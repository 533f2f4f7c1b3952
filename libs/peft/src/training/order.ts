/** @file The order in which a trial sees its examples: a fresh permutation each epoch, a function of the seed alone. */
import type { Random } from '../tensor/random.js';
import { shuffled } from '../tensor/shuffled.js';

/**
 * Indices of the `take` examples from position `start` of the endless sequence of epochs.
 * It does not depend on what was drawn before, so a resumed trial sees what an uninterrupted one sees.
 */
export function exampleOrder(size: number, random: Random): (start: number, take: number) => number[] {
  let cached: { epoch: number; order: Uint32Array } | undefined;
  const permutation = (epoch: number): Uint32Array => {
    if (cached?.epoch !== epoch) {
      cached = { epoch, order: shuffled(size, random.fork(`order/${epoch}`)) };
    }
    return cached.order;
  };
  return (start, take) =>
    Array.from({ length: take }, (_, offset) => {
      const position = start + offset;
      return permutation(Math.floor(position / size))[position % size]!;
    });
}
