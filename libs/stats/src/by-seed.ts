/** @file The difference of two contenders that share all that a seed decides. */
import type { TestedDifference } from './seeds.js';

/**
 * Mean difference over the seeds that both have, each seed against itself. What a seed decides is in both scores and cancels, as where two
 * programs train the same thing.
 *
 * @param first,second score by seed
 * @returns undefined where they share fewer than two seeds, so that nothing says how much the difference varies
 * @example differenceBySeed(new Map([[0, 0.5], [1, 0.7]]), new Map([[0, 0.4], [1, 0.5]]))?.estimate // 0.15
 */
export function differenceBySeed(
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): TestedDifference | undefined {
  const differences = [...first].flatMap(([seed, score]) => {
    const other = second.get(seed);
    return other === undefined ? [] : [score - other];
  });
  const seeds = differences.length;
  if (seeds < 2) return undefined;
  const estimate = differences.reduce((sum, each) => sum + each, 0) / seeds;
  const degreesOfFreedom = seeds - 1;
  const squares = differences.reduce((sum, each) => sum + (each - estimate) ** 2, 0);
  return {
    estimate,
    parts: [{ variance: squares / degreesOfFreedom / seeds, degreesOfFreedom, seeds }],
    covers: 'seeds-only',
  };
}
