/** @file The standard normal distribution Φ, far into its tails. */
import erfcx from '@stdlib/math-base-special-erfcx';
import cdf from '@stdlib/stats-base-dists-normal-cdf';
import quantile from '@stdlib/stats-base-dists-normal-quantile';

const LOG_ROOT_TWO_PI = Math.log(2 * Math.PI) / 2;

/** Logarithm of the density. */
export function logDensity(x: number): number {
  return -(x * x) / 2 - LOG_ROOT_TWO_PI;
}

/**
 * log(Φ(b) − Φ(a)) for a < b, without cancellation: an interval in the right tail is looked at from the left, and one far
 * in the left tail through the scaled complementary error function.
 */
export function logMass(a: number, b: number): number {
  if (a > 0) return logMass(-b, -a);
  if (b > 0) return Math.log1p(-cdf(a, 0, 1) - cdf(-b, 0, 1));
  const upper = logCdf(b);
  return upper + Math.log1p(-Math.exp(logCdf(a) - upper));
}

/** log Φ(x) for x ≤ 0. */
function logCdf(x: number): number {
  return Math.log(erfcx(-x / Math.SQRT2) / 2) - (x * x) / 2;
}

/**
 * The x in [a, b] below which a share `p` of the mass between a and b lies; a ≤ 0 ≤ b. Found in the tail it lies in.
 *
 * @example truncatedQuantile(0.5, -1, 1) // 0
 */
export function truncatedQuantile(p: number, a: number, b: number): number {
  const below = cdf(a, 0, 1);
  const above = cdf(-b, 0, 1);
  const mass = 1 - below - above;
  const left = below + p * mass;
  const x = left <= 0.5 ? quantile(left, 0, 1) : -quantile(above + (1 - p) * mass, 0, 1);
  return Math.min(Math.max(x, a), b);
}
