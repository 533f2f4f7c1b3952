/** @file Whether a difference is smaller than one that matters. */
import type { TestedDifference } from './seeds.js';
import { totalVariance, twoSidedP } from './variance.js';

/**
 * Two one-sided tests (TOST): p of the hypothesis that two means differ by `margin` or more. Small, it says that they do not; that a test
 * does not tell them apart never says so.
 *
 * Source: Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average
 * bioavailability", J. Pharmacokinet. Biopharm. 15 (1987).
 *
 * @param margin above 0, in the unit of the difference
 * @returns undefined where a side has one seed, so that nothing says how much luck of the seed there is
 *
 * @example equivalence({ estimate: 0.1, parts: [{ variance: 0.04, degreesOfFreedom: 9 }], covers: 'seeds-only' }, 0.5) // 0.0388
 */
export function equivalence({ estimate, parts, covers }: TestedDifference, margin: number): number | undefined {
  if (covers === 'examples-only') return undefined;
  const inside = margin - Math.abs(estimate);
  if (totalVariance(parts) === 0) return inside > 0 ? 0 : 1;
  // The nearer of the two margins decides: the larger of both p.
  const tail = twoSidedP(inside, parts) / 2;
  return inside > 0 ? tail : 1 - tail;
}
