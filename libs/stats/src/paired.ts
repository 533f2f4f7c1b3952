import tCdf from '@stdlib/stats-base-dists-t-cdf';
import { mcnemar } from './mcnemar.js';

/**
 * Two-sided p-value of two models on the same examples: would the difference of their means be as large if neither were better? Scores of
 * 0 and 1 are tested exactly (McNemar), others by the paired t-test. It is about these two models, and not about what made them.
 *
 * @returns 1 where no example tells them apart
 * @throws RangeError unless both have a score of each example
 * @example pairedExamples([1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0]) // 0.03125
 */
export function pairedExamples(first: readonly number[], second: readonly number[]): number {
  const count = first.length;
  if (second.length !== count) throw new RangeError(`expected ${count} scores as of the first, got ${second.length}`);
  const differences = first.map((score, example) => score - second[example]!);
  if (differences.every((each) => each === 0)) return 1;
  if (differences.every((each) => each === 0 || Math.abs(each) === 1)) {
    return mcnemar(differences.filter((each) => each === 1).length, differences.filter((each) => each === -1).length);
  }
  const mean = differences.reduce((sum, each) => sum + each, 0) / count;
  const squares = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  // A single example has no spread, and so no test; a difference that is the same on each of several is certain.
  if (count === 1) return 1;
  return error === 0 ? 0 : 2 * tCdf(-Math.abs(mean) / error, count - 1);
}
