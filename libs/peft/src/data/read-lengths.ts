/** @file How much of its examples a split reads at its length. */
import type { ReadLength, Split } from '../objectives/data.js';

/** How much of a sample of examples is cut at the length of their split. */
export interface ReadLengths {
  /** Examples that were looked at; of units with several rows, each row is one. */
  sampled: number;
  /** Share of them that are cut. */
  cut: number;
  /** Share of the tokens that the loss counts on that are cut; null where it counts on none of the text. */
  learnedCut: number | null;
  /** Tokens of the longest. */
  longest: number;
}

/** The length at which all but a twentieth of the examples are read whole. */
const usualShare = 0.95;

/** Examples that say enough of a split. */
const enough = 500;

/** Lengths of examples spread over a split, in its order; undefined where nothing of its examples can be cut. */
export function lengthsOf({ size, lengths }: Pick<Split, 'size' | 'lengths'>): readonly ReadLength[] | undefined {
  if (lengths === undefined) return undefined;
  const count = Math.min(size, enough);
  return Array.from({ length: count }, (_, at) => lengths(Math.floor((at * size) / count))).flat();
}

/** @example readLengths(lengthsOf(data.train)!).cut // 0.38 */
export function readLengths(lengths: readonly ReadLength[]): ReadLengths {
  const [learned, left] = [sum(lengths, 'learned'), sum(lengths, 'unlearned')];
  return {
    sampled: lengths.length,
    cut: lengths.length === 0 ? 0 : lengths.filter(({ cut }) => cut > 0).length / lengths.length,
    learnedCut: learned === 0 ? null : left / learned,
    longest: lengths.reduce((most, { whole }) => Math.max(most, whole), 0),
  };
}

/** Tokens at which 95 % of the examples are read whole, at least; 0 where there is none. */
export function usualLength(lengths: readonly ReadLength[]): number {
  const sorted = lengths.map(({ whole }) => whole).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * usualShare) - 1] ?? 0;
}

const sum = (lengths: readonly ReadLength[], of: 'learned' | 'unlearned'): number =>
  lengths.reduce((total, each) => total + each[of], 0);
