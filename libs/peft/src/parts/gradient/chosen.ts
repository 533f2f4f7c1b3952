/** @file Draws without replacement. */
import type { Random } from '../../tensor/random.js';

/** A partial Fisher–Yates shuffle of the first whole numbers: its first `count` places. */
export function shuffled(size: number, count: number, random: Pick<Random, 'integer'>): number[] {
  const pool = Array.from({ length: size }, (_, index) => index);
  for (let index = 0; index < count; index++) {
    const other = index + random.integer(size - index);
    [pool[index], pool[other]] = [pool[other]!, pool[index]!];
  }
  return pool.slice(0, count);
}

/** So many of the first whole numbers, ascending, each set of them as likely as any other. */
export function chosen(size: number, count: number, random: Pick<Random, 'integer'>): number[] {
  return shuffled(size, count, random).sort((a, b) => a - b);
}
