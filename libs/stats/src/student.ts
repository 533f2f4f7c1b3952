/** @file Student's t distribution with real degrees of freedom. */
import cdf from '@stdlib/stats-base-dists-t-cdf';
import quantile from '@stdlib/stats-base-dists-t-quantile';

/** The t with `confidence` of the distribution between −t and t. */
export function criticalT(confidence: number, degreesOfFreedom: number): number {
  return quantile(0.5 + confidence / 2, degreesOfFreedom);
}

/** Two-sided p-value of a t statistic. */
export function twoSidedP(t: number, degreesOfFreedom: number): number {
  return Math.min(1, 2 * cdf(-Math.abs(t), degreesOfFreedom));
}
