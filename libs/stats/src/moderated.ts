/** @file Variances of several methods, each known from a few seeds, that lend each other strength. */
import gammaln from '@stdlib/math-base-special-gammaln';
import type { MeanSquare } from './crossed.js';
import { root } from './root.js';

/** Turns of weights and variances. More move a p by less than it is uncertain, and where a cap binds they need not settle. */
const rounds = 8;

/** What variances are drawn from: a scaled inverse chi-squared distribution. */
interface Prior {
  scale: number;
  /** Infinite where all variances may be the same. */
  degreesOfFreedom: number;
}

/**
 * Variance between seeds of each of k methods that were run with the same S seeds, for tests of their differences.
 *
 * A variance from S − 1 degrees of freedom is known badly, and a common one is wrong where methods differ in how strongly
 * they depend on the seed. So each is moderated: the variances v₁ … v_k are taken as draws around a prior that is fitted to
 * them, `v ~ s₀²·F(S − 1, d₀)`, and
 *
 *     ṽ = max(0.7·v, (d₀·s₀² + (S − 1)·v) / (d₀ + S − 1)), with d₀ + S − 1 degrees of freedom, at most (k − 1)(S − 1).
 *
 * Where methods vary alike, d₀ is large and ṽ is the common variance; where they do not, d₀ is small and each stands on its
 * own. The maximum is ours: it keeps the one method that varies most from being taken for much steadier than it was seen to be.
 *
 * What a seed does to all methods alike cancels in their differences. It is estimated as the mean over methods, weighted by
 * 1/ṽ with no weight above ½ (an unsteady method must not make the others look so), and v is what varies around it,
 * divided by one minus the method's own weight. Weights and variances are found in turns.
 *
 * Source: Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
 * experiments", Stat. Appl. Genet. Mol. Biol. 3 (2004); here d₀ and s₀² maximize the likelihood. docs/statistics.md has how
 * often boards are split by chance, with the candidates that were not chosen.
 *
 * @param means by method, then seed; at least three methods and two seeds
 * @param ownShare of its own variance v that a method keeps at least (0.7 above). With 1, boards of methods that vary alike find
 * fewer differences than with one variance for all; with ½, one unsteady method splits more boards than 5 % allows.
 * `npm run bench -- false-splits` prints both rates
 * @returns the variance of a single seed's mean, by method
 */
export function moderatedVariances(means: readonly (readonly number[])[], ownShare = 0.7): MeanSquare[] {
  const methods = means.length;
  const ownDegrees = means[0]!.length - 1;
  const centred = means.map((row) => {
    const mean = average(row);
    return row.map((value) => value - mean);
  });
  let weights = means.map(() => 1 / methods);
  let own: number[] = [];
  let moderated: number[] = [];
  let degreesOfFreedom = ownDegrees;
  for (let round = 0; round < rounds; round++) {
    own = variancesAround(centred, weights);
    const largest = Math.max(...own);
    if (largest === 0) return own.map((value) => ({ value, degreesOfFreedom: ownDegrees }));
    own = own.map((value) => Math.max(value, 1e-12 * largest));
    const prior = fitPrior(own, ownDegrees);
    moderated = own.map((value) => shrink(value, ownDegrees, prior));
    degreesOfFreedom = Math.min(prior.degreesOfFreedom + ownDegrees, (methods - 1) * ownDegrees);
    weights = capped(moderated.map((value) => 1 / value));
  }
  return moderated.map((value, index) => ({ value: Math.max(value, ownShare * own[index]!), degreesOfFreedom }));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variances around the weighted mean over methods of each seed, by method. */
function variancesAround(centred: readonly (readonly number[])[], weights: readonly number[]): number[] {
  const shared = centred[0]!.map((_, seed) => centred.reduce((sum, row, m) => sum + weights[m]! * row[seed]!, 0));
  return centred.map((row, m) => {
    const squares = row.reduce((sum, value, seed) => sum + (value - shared[seed]!) ** 2, 0);
    return squares / ((row.length - 1) * (1 - weights[m]!));
  });
}

/** Scaled to a sum of 1, then none above ½. */
function capped(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => Math.min(0.5, weight / sum));
}

function shrink(variance: number, degrees: number, { scale, degreesOfFreedom: prior }: Prior): number {
  return prior === Number.POSITIVE_INFINITY ? scale : (prior * scale + degrees * variance) / (prior + degrees);
}

const lowestDegrees = 0.25;
const highestDegrees = 1024;
/** Steps of the search for d₀ on a logarithmic grid, from the lowest to the highest. */
const gridSteps = 24;

/** The prior that makes these variances, each with `degrees` degrees of freedom, most likely. */
function fitPrior(variances: readonly number[], degrees: number): Prior {
  const at = (logDegrees: number) => logLikelihood(variances, degrees, Math.exp(logDegrees));
  const [first, last] = [Math.log(lowestDegrees), Math.log(highestDegrees)];
  const step = (last - first) / gridSteps;
  const grid = Array.from({ length: gridSteps + 1 }, (_, index) => first + index * step);
  const heights = grid.map(at);
  const best = heights.indexOf(Math.max(...heights));
  const found = Math.exp(highest(at, Math.max(first, grid[best]! - step), Math.min(last, grid[best]! + step)));
  const common = average(variances);
  if (commonLogLikelihood(variances, degrees, common) >= logLikelihood(variances, degrees, found)) {
    return { scale: common, degreesOfFreedom: Number.POSITIVE_INFINITY };
  }
  return { scale: likeliestScale(variances, degrees, found), degreesOfFreedom: found };
}

/** Where a function with one peak is highest, by golden section. */
function highest(f: (x: number) => number, low: number, high: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  while (b - a > 1e-6) {
    const [left, right] = [b - golden * (b - a), a + golden * (b - a)];
    if (f(left) >= f(right)) b = right;
    else a = left;
  }
  return (a + b) / 2;
}

/** Log density of variances under s₀²·F(d, d₀) with the likeliest s₀², less what does not depend on the prior. */
function logLikelihood(variances: readonly number[], d: number, prior: number): number {
  const scale = likeliestScale(variances, d, prior);
  const constant = gammaln((d + prior) / 2) - gammaln(prior / 2) - (d / 2) * Math.log((prior * scale) / 2);
  return variances.reduce((sum, v) => sum + constant - ((d + prior) / 2) * Math.log1p((d * v) / (prior * scale)), 0);
}

/** The same in the limit of infinitely many degrees of freedom of the prior. */
function commonLogLikelihood(variances: readonly number[], d: number, scale: number): number {
  return variances.reduce((sum, v) => sum - (d / 2) * Math.log(scale) - (d * v) / (2 * scale), 0);
}

/** The s₀² at which Σ (d + d₀)·v / (d₀·s₀² + d·v) is the number of variances. */
function likeliestScale(variances: readonly number[], d: number, prior: number): number {
  const score = (logScale: number) => {
    const scale = prior * Math.exp(logScale);
    return variances.reduce((sum, v) => sum + ((d + prior) * v) / (scale + d * v), 0) / variances.length - 1;
  };
  const logs = variances.map(Math.log);
  return Math.exp(root(score, Math.min(...logs), Math.max(...logs), 1e-12));
}
