import { criticalT } from './student.js';

/** What an interval's width accounts for. With one seed the variance between seeds cannot be estimated. */
export type Coverage = 'seeds-and-examples' | 'examples-only';

/** A mean with its confidence interval. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
  /** Standard error of `estimate`. */
  standardError: number;
  /** Of the t distribution the interval uses; real, not whole. */
  degreesOfFreedom: number;
  covers: Coverage;
  seeds: number;
  examples: number;
}

/**
 * Mean of scores crossed by seeds and examples, with an interval for new seeds *and* new examples.
 *
 * Model (two-way random effects, no replication): `y[s][e] = μ + seed_s + example_e + residual_se`. With S seeds, n
 * examples and the mean squares of the two-way analysis of variance A (seeds), B (examples) and E (residual),
 *
 *     Var(ȳ) = (A + max(B − E, 0)) / (S·n)
 *     ν = (A + B − E)² / (A²/(S−1) + B²/(n−1) + E²/((S−1)(n−1))), at least min(S−1, n−1)
 *
 * ν is Satterthwaite's. A negative example component is set to zero: without that the variance could be near zero or
 * below. The bound on ν is what the weaker factor alone has. With one seed it is the plain t interval over examples
 * and `covers` says so.
 *
 * Sources: Searle, Casella, McCulloch, "Variance Components" (1992), ch. 4; Satterthwaite, Biometrics Bull. 2 (1946).
 * The coverage measured by simulation stands in docs/statistics.md.
 *
 * @param scores one row per seed, all over the same examples in the same order
 * @param confidence e.g. 0.95
 * @throws RangeError when there is no row, a row has fewer than two examples, or rows differ in length
 *
 * @example crossedMean([[1, 2, 3, 4]], 0.95) // estimate 2.5, low 0.446, high 4.554, ν 3, covers 'examples-only'
 */
export function crossedMean(scores: readonly ArrayLike<number>[], confidence: number): Interval {
  const seeds = scores.length;
  const examples = scores[0]?.length ?? 0;
  check(scores, examples);
  const { mean, squares } = sumsOfSquares(scores, seeds, examples);
  const { variance, degreesOfFreedom } =
    seeds === 1
      ? { variance: squares.columns / (examples - 1) / examples, degreesOfFreedom: examples - 1 }
      : crossedVariance(squares, seeds, examples);
  const standardError = Math.sqrt(variance);
  const margin = standardError === 0 ? 0 : criticalT(confidence, degreesOfFreedom) * standardError;
  return {
    estimate: mean,
    low: mean - margin,
    high: mean + margin,
    standardError,
    degreesOfFreedom,
    covers: seeds === 1 ? 'examples-only' : 'seeds-and-examples',
    seeds,
    examples,
  };
}

function check(scores: readonly ArrayLike<number>[], examples: number): void {
  if (scores.length === 0) throw new RangeError('crossedMean: expected at least one seed, got none');
  if (examples < 2) throw new RangeError(`crossedMean: expected at least two examples, got ${examples}`);
  scores.forEach((row, seed) => {
    if (row.length !== examples) {
      throw new RangeError(
        `crossedMean: expected the same ${examples} examples for every seed, row ${seed} has ${row.length}`,
      );
    }
  });
}

function crossedVariance(squares: SumsOfSquares, seeds: number, examples: number) {
  const rows = squares.rows / (seeds - 1);
  const columns = squares.columns / (examples - 1);
  const residual = squares.residual / ((seeds - 1) * (examples - 1));
  const spread =
    rows ** 2 / (seeds - 1) + columns ** 2 / (examples - 1) + residual ** 2 / ((seeds - 1) * (examples - 1));
  const satterthwaite = spread === 0 ? 0 : (rows + columns - residual) ** 2 / spread;
  return {
    variance: (rows + Math.max(columns - residual, 0)) / (seeds * examples),
    degreesOfFreedom: Math.max(satterthwaite, Math.min(seeds - 1, examples - 1)),
  };
}

interface SumsOfSquares {
  /** Between seeds. */
  rows: number;
  /** Between examples. */
  columns: number;
  residual: number;
}

/** Sums of squares of the two-way analysis of variance without replication. */
function sumsOfSquares(scores: readonly ArrayLike<number>[], seeds: number, examples: number) {
  const rowMeans = new Float64Array(seeds);
  const columnMeans = new Float64Array(examples);
  for (let s = 0; s < seeds; s++) {
    for (let e = 0; e < examples; e++) {
      const value = scores[s]![e]!;
      rowMeans[s]! += value / examples;
      columnMeans[e]! += value / seeds;
    }
  }
  const mean = rowMeans.reduce((sum, value) => sum + value, 0) / seeds;
  const squares: SumsOfSquares = { rows: 0, columns: 0, residual: 0 };
  for (const row of rowMeans) squares.rows += examples * (row - mean) ** 2;
  for (const column of columnMeans) squares.columns += seeds * (column - mean) ** 2;
  for (let s = 0; s < seeds; s++) {
    for (let e = 0; e < examples; e++) {
      squares.residual += (scores[s]![e]! - rowMeans[s]! - columnMeans[e]! + mean) ** 2;
    }
  }
  return { mean, squares };
}
