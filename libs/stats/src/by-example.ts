/** @file Scores of a method by example, prepared once, so that a pair of methods costs one pass. */

interface Run {
  seed: number;
  examples: ArrayLike<number>;
}

export interface ExampleScores {
  examples: number;
  /** Mean over seeds, by example. */
  means: Float64Array;
  /** Variance of `means` over examples. */
  variance: number;
  /** What seeds make of that variance. */
  noise: number;
  /** By seed: what is left of its scores without the means of seed and example; empty where nothing was trained. */
  residuals: ReadonlyMap<number, Float64Array>;
}

/** @param isFixed whether runs are draws of what trains nothing, of which no seed is one of the others' */
export function exampleScores(runs: readonly Run[], isFixed: boolean): ExampleScores {
  const examples = runs[0]!.examples.length;
  // To the bit one of the runs where they are equal.
  const [first, ...others] = runs;
  const means = Float64Array.from(first!.examples);
  for (const run of others)
    for (let e = 0; e < examples; e++) means[e]! += (run.examples[e]! - first!.examples[e]!) / runs.length;
  const mean = sumOf(means) / examples;
  const residuals = new Map<number, Float64Array>();
  if (!isFixed && runs.length > 1) {
    for (const run of runs) {
      const own = sumOf(run.examples) / examples - mean;
      residuals.set(
        run.seed,
        Float64Array.from(means, (of, e) => run.examples[e]! - of - own),
      );
    }
  }
  const squares = [...residuals.values()].reduce((sum, of) => sum + product(of, of), 0);
  const degrees = (runs.length - 1) * (examples - 1);
  const noise = residuals.size === 0 ? 0 : squares / degrees / runs.length;
  return { examples, means, variance: squaredDeviations(means, mean) / (examples - 1), noise, residuals };
}

/** Variance over examples of the difference of two methods' means. */
export function varianceOfDifferences(first: ExampleScores, second: ExampleScores): number {
  const [one, other] = [first.means, second.means];
  let sum = 0;
  for (let e = 0; e < one.length; e++) sum += one[e]! - other[e]!;
  const mean = sum / one.length;
  let squares = 0;
  for (let e = 0; e < one.length; e++) squares += (one[e]! - other[e]! - mean) ** 2;
  return squares / (one.length - 1);
}

/** What seeds make of that variance: less than the sum of both sides where what is left of a seed's scores is alike on both. */
export function noiseOf(first: ExampleScores, second: ExampleScores): number {
  const sum = first.noise + second.noise;
  if (first.examples !== second.examples) return sum;
  const common = [...first.residuals.keys()].filter((seed) => second.residuals.has(seed));
  if (common.length === 0) return sum;
  const [n, m, both] = [first.residuals.size, second.residuals.size, common.length];
  const products = common.reduce(
    (all, seed) => all + product(first.residuals.get(seed)!, second.residuals.get(seed)!),
    0,
  );
  // Residuals are what is left without the means of all seeds, which takes this share of what two seeds in common have alike.
  const left = both * (1 - 1 / n - 1 / m + both / (n * m));
  const alike = products / (left * (first.examples - 1));
  return Math.max(0, sum - (2 * both * alike) / (n * m));
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let e = 0; e < values.length; e++) sum += values[e]!;
  return sum;
}

function squaredDeviations(values: Float64Array, mean: number): number {
  let sum = 0;
  for (let e = 0; e < values.length; e++) sum += (values[e]! - mean) ** 2;
  return sum;
}

function product(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let e = 0; e < first.length; e++) sum += first[e]! * second[e]!;
  return sum;
}
