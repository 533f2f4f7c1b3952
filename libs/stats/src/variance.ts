/** @file Student's t where the variance is a sum of parts, each known with degrees of freedom of its own. */
import cdf from '@stdlib/stats-base-dists-t-cdf';
import quantile from '@stdlib/stats-base-dists-t-quantile';
import { root } from './root.js';

/** Part of the variance of a mean, and the degrees of freedom (real, positive) it was estimated with. */
export interface VariancePart {
  variance: number;
  degreesOfFreedom: number;
  /** Seeds that it is the mean of, which more seeds make smaller; absent where they do not, as for the choice of examples. */
  seeds?: number;
}

export function totalVariance(parts: readonly VariancePart[]): number {
  return parts.reduce((sum, { variance }) => sum + variance, 0);
}

/**
 * Power of a part's variance that weighs its t. Of two parts, one with a single degree of freedom and one with many, this
 * one keeps the farthest miss of 95 % over all true shares smallest (93.1 to 96.9). Computed by `libs/stats/test/oracle/power.py`.
 */
const weightPower = 1.4;

/**
 * How many standard errors to each side hold the mean with this confidence: Student's t of each part, weighted by a power of
 * the part's variance. Of a single part it is Student's t.
 *
 * With the power 1 it is Cochran's ("Approximate significance levels of the Behrens-Fisher test", Biometrics 20, 1964), which
 * errs to the wide side where the part that is known badly (two or three seeds) counts for little. Satterthwaite's single
 * number of degrees of freedom errs to the narrow side where it counts for much. docs/statistics.md has all three coverages.
 *
 * @param parts at least one, with a positive total
 */
export function criticalT(confidence: number, parts: readonly VariancePart[]): number {
  return weighted(parts, weightsOf(parts), (1 - confidence) / 2);
}

/** The quantile of a single degree of freedom overflows in tails whose square does. */
const smallestTail = 1e-150;

/** Two-sided p of an estimate: one minus the largest confidence whose interval leaves out 0. */
export function twoSidedP(estimate: number, parts: readonly VariancePart[]): number {
  const statistic = Math.abs(estimate) / Math.sqrt(totalVariance(parts));
  if (statistic === 0) return 1;
  const weights = weightsOf(parts);
  const tailBeyond = (t: (part: number) => number) =>
    Math.max(...parts.map(({ degreesOfFreedom }, part) => cdf(-t(part), degreesOfFreedom)));
  // In the one tail no part's t is beyond the statistic; in the other the share of one part alone reaches it.
  const highest = tailBeyond(() => statistic);
  const lowest = Math.max(
    smallestTail,
    tailBeyond((part) => statistic / weights[part]!),
  );
  if (lowest >= highest) return 2 * highest;
  // Between them log t falls with the logarithm of the tail, nearly along a straight line.
  const above = (logTail: number) => Math.log(weighted(parts, weights, Math.exp(logTail)) / statistic);
  return Math.min(1, 2 * Math.exp(root(above, Math.log(lowest), Math.log(highest))));
}

/** Shares of the parts in t; they sum to 1. */
function weightsOf(parts: readonly VariancePart[]): number[] {
  const total = totalVariance(parts);
  const weights = parts.map(({ variance }) => (variance / total) ** weightPower);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/** @param tail probability beyond t on one side */
function weighted(parts: readonly VariancePart[], weights: readonly number[], tail: number): number {
  // The lower tail, because near 1 a probability has no digits left.
  return parts.reduce((t, part, i) => t - weights[i]! * quantile(tail, part.degreesOfFreedom), 0);
}
