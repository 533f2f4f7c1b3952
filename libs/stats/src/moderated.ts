/** @file Variances between seeds of several methods, each known from a few seeds, that lend each other strength. */
import gammaln from '@stdlib/math-base-special-gammaln';
import { type AdjustedMean, adjustedMeans } from './adjusted.js';
import type { MeanSquare } from './crossed.js';
import { root } from './root.js';
import { type Fitted, type SeedMeans, twoWayFit } from './two-way.js';

/** Turns of weights and variances. More move a p by less than it is uncertain, and where a cap binds they need not settle. */
const rounds = 8;

/** What variances are drawn from: a scaled inverse chi-squared distribution. */
interface Prior {
  scale: number;
  degreesOfFreedom: number;
  /** Posterior weight of one variance for all. */
  alike: number;
}

/** What seeds do to the scores of methods. */
export interface SeedVariances {
  /** Variance of one seed's mean around its method and its seed, by method, with the method's mean; undefined where nothing tells it. */
  own: (AdjustedMean | undefined)[];
  /** Variance of what a seed does to all methods alike. */
  shared: MeanSquare;
}

/**
 * The least that a method's variance is taken for, in parts of what it showed with so many degrees of freedom; `npm run bench -- false-splits`
 * prints what others cost.
 *
 * @param alike how likely all methods have one variance
 */
const leastShare = (degreesOfFreedom: number, alike: number): number => (1 + 1.6 / degreesOfFreedom) * (1 - alike ** 2);

/**
 * Variances between seeds of methods, whatever seeds each was run with.
 *
 * Model: `y[m][s] = μ[m] + τ[s] + ε[m][s]`, where ε has the variance σ²[m]. What a seed does to all methods alike, τ, is estimated by least
 * squares over the seeds that two methods or more have, weighted by 1/σ with no weight above that of the others together: an unsteady
 * method must not make the others look so, nor one that looks steady by chance rule. v is what varies around it, divided by what the fit
 * leaves of it, with the degrees of freedom d that its distribution has. A seed that one method alone has says nothing of τ: v holds what
 * it is off by there, less τ². Weights and variances are found in turns.
 *
 * A variance from one or two degrees of freedom is known badly, and a common one is wrong where methods differ in how strongly they depend
 * on the seed. So each is moderated: they are taken as draws around a prior that is fitted to them, `v ~ s₀²·F(d, d₀)`, and
 *
 *     σ² = max((1 + 1.6/d)·(1 − c²)·v, (d₀·s₀² + d·v) / (d₀ + d)), with d₀ + d degrees of freedom, at most those of the whole fit.
 *
 * Where methods vary alike, d₀ is large and σ² is the common variance; where they do not, d₀ is small and each stands on its own. Few
 * variances tell d₀ badly, and its likeliest value is infinite too often: so 1/d₀ is the mean of its posterior over a grid, in which c is the
 * weight of one variance for all. The maximum is ours: where methods seem to differ, the one that varies most may be steady by chance, the
 * more so the fewer its seeds; where they seem alike it has no say. Of two methods alone both show the same, and it has none either.
 *
 * The variance of τ is not negative. Where effects of seeds vary by less than what varies around them would make them, both are estimates
 * of σ². For two methods alone they are pooled, as restricted maximum likelihood does with a balanced table: σ₁² + σ₂² is then what each
 * varies by by itself, and not the variance of their differences. Degrees of freedom stay those of the fit, since the data chose. With more
 * methods, which lend each other strength already, pooling would split more boards of equals.
 *
 * Sources: Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray experiments", Stat. Appl.
 * Genet. Mol. Biol. 3 (2004), with unequal d as in Phipson and others, Ann. Appl. Stat. 10 (2016); for τ², DerSimonian and Laird, Control.
 * Clin. Trials 7 (1986). docs/statistics.md has how often boards are split by chance.
 *
 * @param methods by method, the mean score of each of its seeds
 */
export function seedVariances(methods: readonly SeedMeans[]): SeedVariances {
  const fit = twoWayFit(methods);
  let weights = methods.map(() => 1);
  let found = fit.at(weights);
  for (let round = 1; round < rounds; round++) {
    const drawn = moderate(found, () => 0);
    if (drawn.every((square) => !square || square.value === 0)) break;
    weights = drawn.map((square) => (square ? square.value ** -0.5 : 1));
    found = fit.at(weights);
  }
  // Where no score varies, what seeds have in common is known for sure.
  const certain = 1e18;
  const precisions = moderate(found).map((square) => Math.min(certain, 1 / (square?.value ?? 1)));
  const { shared, pooled } = fit.at(precisions);
  const own = moderate(fit.at(weights, shared.value)).map(
    (square) => square && { ...square, value: pooled * square.value },
  );
  return { own: adjustedMeans(methods, own, shared.value), shared };
}

/** Variances drawn towards what all of them show. */
function moderate({ own, degreesOfFreedom: most }: Fitted, least = leastShare): (MeanSquare | undefined)[] {
  const known = own.filter(({ degreesOfFreedom }) => degreesOfFreedom > 0);
  const largest = Math.max(0, ...known.map(({ value }) => value));
  const above = known.map(({ value, degreesOfFreedom }) => ({
    value: Math.max(value, 1e-12 * largest),
    degreesOfFreedom,
  }));
  const prior = largest === 0 ? { scale: 0, degreesOfFreedom: 0, alike: 0 } : priorOf(above);
  return own.map(({ value, degreesOfFreedom: d }) => {
    if (d === 0) return undefined;
    const { scale, degreesOfFreedom: d0, alike } = prior;
    const shrunk = (d0 * scale + d * value) / (d0 + d);
    const lowest = most > d ? least(d, alike) * value : 0;
    return { value: Math.max(shrunk, lowest), degreesOfFreedom: Math.min(d0 + d, Math.max(most, d)) };
  });
}

/** Degrees of freedom that the prior may have; beyond the last one all variances are the same. */
const grid = [0.25, 0.5, 1, 2, 4, 8, 16, 64];
/** Stands for infinitely many. */
const common = 1e9;

/** The prior whose 1/d₀ is the mean over its posterior: half of the weight beforehand is on one variance for all. */
function priorOf(squares: readonly MeanSquare[]): Prior {
  const heights = [...grid.map((d0) => logLikelihood(squares, d0)), commonLogLikelihood(squares)];
  const highest = Math.max(...heights);
  const weights = heights.map((height, index) => Math.exp(height - highest) * (index < grid.length ? 1 : grid.length));
  const total = weights.reduce((a, b) => a + b);
  const inverse = grid.reduce((sum, d0, index) => sum + weights[index]! / d0, 0) / total;
  const degreesOfFreedom = Math.min(1 / inverse, common);
  return {
    scale: likeliestScale(squares, degreesOfFreedom),
    degreesOfFreedom,
    alike: weights[grid.length]! / total,
  };
}

/** Log density of variances under s₀²·F(d, d₀) with the likeliest s₀², less what does not depend on the prior. */
function logLikelihood(squares: readonly MeanSquare[], d0: number): number {
  const scale = likeliestScale(squares, d0);
  let sum = -squares.length * gammaln(d0 / 2);
  for (const { value, degreesOfFreedom: d } of squares) {
    sum += gammaln((d + d0) / 2) - (d / 2) * Math.log((d0 * scale) / 2);
    sum -= ((d + d0) / 2) * Math.log1p((d * value) / (d0 * scale));
  }
  return sum;
}

/** The same in the limit of infinitely many degrees of freedom of the prior. */
function commonLogLikelihood(squares: readonly MeanSquare[]): number {
  const scale = commonScale(squares);
  return squares.reduce((sum, { value, degreesOfFreedom: d }) => sum - (d / 2) * (Math.log(scale) + value / scale), 0);
}

function commonScale(squares: readonly MeanSquare[]): number {
  const degrees = squares.reduce((sum, { degreesOfFreedom }) => sum + degreesOfFreedom, 0);
  return squares.reduce((sum, { value, degreesOfFreedom }) => sum + degreesOfFreedom * value, 0) / degrees;
}

/** The s₀² at which Σ (d + d₀)·d·v / (d₀·s₀² + d·v) is the sum of d. */
function likeliestScale(squares: readonly MeanSquare[], d0: number): number {
  const degrees = squares.reduce((sum, { degreesOfFreedom }) => sum + degreesOfFreedom, 0);
  const score = (logScale: number) => {
    const scale = d0 * Math.exp(logScale);
    let sum = 0;
    for (const { value, degreesOfFreedom: d } of squares) sum += ((d + d0) * d * value) / (scale + d * value);
    return sum / degrees - 1;
  };
  const values = squares.map(({ value }) => value);
  return Math.exp(root(score, Math.log(Math.min(...values)), Math.log(Math.max(...values)), 1e-12));
}
