/**
 * @file Privacy that rounds cost, by Rényi differential privacy of the sampled Gaussian mechanism: each client takes part in a round with
 * probability q by itself, its clipped message gets noise of σ times the clip, and T rounds add up.
 * Sources: Mironov, Talwar and Zhang, arXiv 1908.10530, section 3.3; the conversion to ε: Canonne, Kamath and Steinke, arXiv 2004.00010,
 * proposition 12.
 */

import { logErfc } from './normal.js';

export interface PrivateRounds {
  /** Probability q with which a client takes part in a round, by itself. */
  sampling: number;
  /** Standard deviation σ of the noise over the clip. */
  noise: number;
  /** Rounds T. */
  rounds: number;
}

/** The orders among which the least ε is looked for: those of Google's dp-accounting. */
const orders: readonly number[] = [
  ...Array.from({ length: 99 }, (_, index) => 1 + (index + 1) / 10),
  ...Array.from({ length: 53 }, (_, index) => 11 + index),
  128,
  256,
  512,
  1024,
];

/**
 * The ε of (ε, δ) differential privacy of clients after so many rounds, and the order of the Rényi divergence that gives it.
 *
 * @throws RangeError naming the number that is not one of what it must be
 * @example
 * epsilonOf({ sampling: 0.1, noise: 1, rounds: 100 }, 1e-5).epsilon; // 7.904
 */
export function epsilonOf(
  { sampling, noise, rounds }: PrivateRounds,
  delta: number,
): { epsilon: number; order: number } {
  requireThat('sampling', sampling, sampling >= 0 && sampling <= 1, 'a probability');
  requireThat('noise', noise, noise >= 0, 'a number from 0 on');
  requireThat('rounds', rounds, Number.isSafeInteger(rounds) && rounds >= 0, 'a whole number from 0 on');
  requireThat('delta', delta, delta > 0 && delta < 1, 'a number between 0 and 1');
  if (sampling === 0 || rounds === 0) return { epsilon: 0, order: Number.POSITIVE_INFINITY };
  if (noise === 0) return { epsilon: Number.POSITIVE_INFINITY, order: 1 };
  let least = { epsilon: Number.POSITIVE_INFINITY, order: 1 };
  for (const order of orders) {
    const divergence = rounds * renyiDivergence(sampling, noise, order);
    // A divergence as small as this is within δ by itself.
    const within = delta ** 2 + Math.expm1(-divergence) > 0;
    const bound = divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1);
    const epsilon = within ? 0 : Math.max(0, bound);
    if (epsilon < least.epsilon) least = { epsilon, order };
  }
  return least;
}

function requireThat(field: string, value: number, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`${field}: expected ${expected}, got ${value}`);
}

/** The Rényi divergence of one round, at an order. */
function renyiDivergence(sampling: number, noise: number, order: number): number {
  if (sampling === 1) return order / (2 * noise ** 2);
  const logMoment = Number.isInteger(order)
    ? wholeMoment(sampling, noise, order)
    : brokenMoment(sampling, noise, order);
  return logMoment / (order - 1);
}

/** `log Σₖ C(α, k)·(1 − q)^(α−k)·q^k·exp(k(k−1)/2σ²)`. */
function wholeMoment(q: number, sigma: number, alpha: number): number {
  let sum = Number.NEGATIVE_INFINITY;
  let binomial = 0;
  for (let k = 0; k <= alpha; k++) {
    const term = binomial + k * Math.log(q) + (alpha - k) * Math.log1p(-q) + (k * k - k) / (2 * sigma ** 2);
    sum = logAdd(sum, term);
    binomial += Math.log((alpha - k) / (k + 1));
  }
  return sum;
}

/**
 * The two series of the paper's section 3.3, until both fall and are e⁻³⁰ of their sum. Terms are added by their size, which is a bound from
 * above and what dp-accounting does; an order whose series is longer than its thousand terms gives no bound.
 */
function brokenMoment(q: number, sigma: number, alpha: number): number {
  const z = sigma ** 2 * Math.log(1 / q - 1) + 0.5;
  const term = (binomial: number, power: number, tail: number) =>
    binomial +
    power * Math.log(q) +
    (alpha - power) * Math.log1p(-q) +
    (power * power - power) / (2 * sigma ** 2) +
    Math.log(0.5) +
    logErfc(tail / (Math.SQRT2 * sigma));
  let sum = Number.NEGATIVE_INFINITY;
  // The logarithm of |C(α, i)|.
  let binomial = 0;
  let last = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;
  for (let i = 0; i < 1000; i++) {
    const [one, other] = [term(binomial, i, i - z), term(binomial, alpha - i, z - (alpha - i))];
    sum = logAdd(sum, logAdd(one, other));
    if (one < last[0] && other < last[1] && Math.max(one, other) < sum - 30) return sum;
    last = [one, other];
    binomial += Math.log(Math.abs((alpha - i) / (i + 1)));
  }
  return Number.POSITIVE_INFINITY;
}

/** `log(eᵃ + eᵇ)`. */
function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}
