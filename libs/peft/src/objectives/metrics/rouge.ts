/**
 * @file ROUGE-N and ROUGE-L of a written text (Lin 2004, aclanthology.org/W04-1013), as PyPI rouge-score has them without a stemmer: words
 * are runs of ASCII letters and digits.
 */
import { runs } from './bleu.js';

/**
 * The F measure of the longest common subsequence of words, 0 … 1, against the right text that is nearest.
 *
 * @param tokens takes texts apart in place of these words
 */
export function rougeL(
  written: string,
  right: readonly string[],
  tokens: (text: string) => string[] = wordsOf,
): number {
  const own = tokens(written);
  return Math.max(...right.map((one) => rougeLOf(own, tokens(one))));
}

/**
 * The F measure of runs of `size` words that both have, 0 … 1, against the right text that is nearest.
 *
 * @param tokens takes texts apart in place of these words
 */
export function rougeN(
  written: string,
  right: readonly string[],
  size: number,
  tokens: (text: string) => string[] = wordsOf,
): number {
  const own = runs(tokens(written), size);
  return Math.max(...right.map((one) => overlapF(own, runs(tokens(one), size))));
}

/** Words as ROUGE reads them. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

function overlapF(written: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let common = 0;
  for (const [run, count] of written) common += Math.min(count, right.get(run) ?? 0);
  if (common === 0) return 0;
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return (2 * common) / (total(written) + total(right));
}

/** The same of texts that are apart into tokens. */
function rougeLOf(written: readonly string[], right: readonly string[]): number {
  const common = longestCommon(written, right);
  if (common === 0) return 0;
  const [precision, recall] = [common / written.length, common / right.length];
  return (2 * precision * recall) / (precision + recall);
}

/** Length of the longest common subsequence. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const lengths = new Uint32Array(b.length + 1);
  for (const token of a) {
    let diagonal = 0;
    for (let at = 1; at <= b.length; at++) {
      const above = lengths[at]!;
      lengths[at] = token === b[at - 1] ? diagonal + 1 : Math.max(above, lengths[at - 1]!);
      diagonal = above;
    }
  }
  return lengths[b.length]!;
}
