/** @file The normal distribution: its tails, and the number below which a share of it lies. */

/**
 * `log erfc(x)`: by a continued fraction where erfc is small, and by a power series of erf near zero.
 * Source: Abramowitz and Stegun, 7.1.6 and 7.1.14.
 */
export function logErfc(x: number): number {
  if (x < 2) return Math.log(x < 0 ? 2 - Math.exp(logErfc(-x)) : 1 - erfSeries(x));
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / 2 / (x + fraction);
  return -x * x - Math.log(Math.sqrt(Math.PI) * (x + fraction));
}

/** `erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ·x^(2n+1) / (1·3·…·(2n+1))`. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** The number below which this share of the standard normal distribution lies; ±∞ at 0 and 1. */
export function normalQuantile(share: number): number {
  if (share <= 0) return Number.NEGATIVE_INFINITY;
  if (share >= 1) return Number.POSITIVE_INFINITY;
  // Halves what is left of ±40, outside of which no number of float64 lies.
  let [low, high] = [-40, 40];
  for (let step = 0; step < 64; step++) {
    const middle = (low + high) / 2;
    if (Math.log(0.5) + logErfc(-middle / Math.SQRT2) < Math.log(share)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
