import { criticalT, totalVariance, type VariancePart } from './variance.js';

/**
 * What an interval's width accounts for. With one seed the variance between seeds cannot be estimated; where each seed is a score without
 * its examples, that between examples cannot.
 */
export type Coverage = 'seeds-and-examples' | 'examples-only' | 'seeds-only';

/** A mean with its confidence interval. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
  /** Standard error of `estimate`. */
  standardError: number;
  /** What the square of the standard error is the sum of. */
  parts: VariancePart[];
  covers: Coverage;
  seeds: number;
  examples: number;
}

/** Two-way analysis of variance, without replication, of a table of seeds × examples. */
export interface CrossedTable {
  mean: number;
  seeds: number;
  examples: number;
  /** Mean square between seeds, S − 1 degrees of freedom; 0 for one seed. */
  betweenSeeds: number;
  /** Mean square between examples, n − 1 degrees of freedom; 0 for one example. */
  betweenExamples: number;
  /** Mean square of the rest, (S − 1)(n − 1) degrees of freedom; 0 for one seed or one example. */
  residual: number;
  /** The least that the mean square between seeds can be taken for; see `analyse`. */
  rounding: number;
}

/** A mean square and the degrees of freedom it was estimated with. */
export interface MeanSquare {
  value: number;
  degreesOfFreedom: number;
}

/**
 * Mean of scores crossed by seeds and examples, with an interval for new seeds *and* new examples.
 *
 * Model (two-way random effects, no replication): `y[s][e] = μ + seed_s + example_e + residual_se`. With S seeds, n
 * examples and the mean squares A (seeds), B (examples) and E (residual),
 *
 *     Var(ȳ) = (A + max(B − E, 0)) / (S·n),
 *
 * of which A/(S·n) is known with S − 1 degrees of freedom and the rest with n − 1; `criticalT` puts them together. A
 * negative example component is set to zero: without that the variance could be near zero or below. Where nothing is left although E is
 * not 0, as where answers are right or wrong and every seed happens to have as many right, `Var(ȳ) = E/(S·n)`, what the residual alone
 * does, with (S − 1)(n − 1) degrees of freedom. With one seed it is the plain t interval over examples, and with one example, which is a
 * score whose examples are not known, the plain t interval over seeds; `covers` says so.
 *
 * Source: Searle, Casella, McCulloch, "Variance Components" (1992), ch. 4. The coverage measured by simulation stands in
 * docs/statistics.md.
 *
 * @param scores one row per seed, all over the same examples in the same order
 * @param confidence e.g. 0.95
 * @throws RangeError when there is no row, one row has fewer than two examples, or rows differ in length
 *
 * @example crossedMean([[1, 2, 3, 4]], 0.95) // estimate 2.5, low 0.446, high 4.554, covers 'examples-only'
 */
export function crossedMean(scores: readonly ArrayLike<number>[], confidence: number): Interval {
  return meanInterval(analyse(scores), confidence);
}

/**
 * The interval of `crossedMean` from an analysis of variance.
 *
 * @param betweenSeeds replaces the table's own mean square between seeds (A above, with its degrees of freedom), where
 * it is known better than from this table alone
 */
export function meanInterval(table: CrossedTable, confidence: number, betweenSeeds = ownSeedSquare(table)): Interval {
  const { mean, seeds, examples } = table;
  const parts = varianceParts(table, betweenSeeds);
  const standardError = Math.sqrt(totalVariance(parts));
  const margin = standardError === 0 ? 0 : criticalT(confidence, parts) * standardError;
  return {
    estimate: mean,
    low: mean - margin,
    high: mean + margin,
    standardError,
    parts,
    covers: examples === 1 ? 'seeds-only' : seeds === 1 ? 'examples-only' : 'seeds-and-examples',
    seeds,
    examples,
  };
}

function ownSeedSquare({ betweenSeeds, seeds }: CrossedTable): MeanSquare {
  return { value: betweenSeeds, degreesOfFreedom: seeds - 1 };
}

function varianceParts(
  { seeds, examples, betweenExamples: b, residual: e, rounding }: CrossedTable,
  betweenSeeds: MeanSquare,
): VariancePart[] {
  const rows = seeds * examples;
  const ofExamples = { variance: Math.max(b - e, 0) / rows, degreesOfFreedom: examples - 1 };
  if (seeds === 1) return [ofExamples];
  const ofSeeds = {
    variance: Math.max(betweenSeeds.value, rounding) / rows,
    degreesOfFreedom: betweenSeeds.degreesOfFreedom,
    seeds,
  };
  if (examples === 1) return [ofSeeds];
  if (totalVariance([ofSeeds, ofExamples]) * rows > NEGLIGIBLE * e) return [ofSeeds, ofExamples];
  return [{ variance: e / rows, degreesOfFreedom: (seeds - 1) * (examples - 1), seeds }];
}

/** Share of the residual mean square below which a sum of the others is 0 but for rounding. */
const NEGLIGIBLE = 1e-9;

/**
 * @param rounding variance that the rounding of a seed's score makes by itself: seeds that agree in every digit may still differ by it.
 * Default: 0, as of scores by example
 * @throws RangeError as `crossedMean` does
 */
export function analyse(scores: readonly ArrayLike<number>[], rounding = 0): CrossedTable {
  const seeds = scores.length;
  const examples = scores[0]?.length ?? 0;
  check(scores, examples);
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
  let rows = 0;
  let columns = 0;
  let rest = 0;
  for (const row of rowMeans) rows += examples * (row - mean) ** 2;
  for (const column of columnMeans) columns += seeds * (column - mean) ** 2;
  for (let s = 0; s < seeds; s++) {
    for (let e = 0; e < examples; e++) rest += (scores[s]![e]! - rowMeans[s]! - columnMeans[e]! + mean) ** 2;
  }
  return {
    mean,
    seeds,
    examples,
    betweenSeeds: seeds === 1 ? 0 : rows / (seeds - 1),
    betweenExamples: examples === 1 ? 0 : columns / (examples - 1),
    residual: seeds === 1 || examples === 1 ? 0 : rest / ((seeds - 1) * (examples - 1)),
    rounding,
  };
}

function check(scores: readonly ArrayLike<number>[], examples: number): void {
  if (scores.length === 0) throw new RangeError('crossedMean: expected at least one seed, got none');
  if (examples < (scores.length > 1 ? 1 : 2)) {
    throw new RangeError(`crossedMean: expected at least two examples, or seeds with one each, got ${examples}`);
  }
  scores.forEach((row, seed) => {
    if (row.length !== examples) {
      throw new RangeError(
        `crossedMean: expected the same ${examples} examples for every seed, row ${seed} has ${row.length}`,
      );
    }
  });
}
