/** @file Boards of methods drawn from known deviations, as what a test of their differences is made of. */
import type { Random } from '@rankforge/peft';

/** How the scores of a board come about: score = shift of the method + seed + example + rest. */
export interface Design {
  seeds: number;
  /** Deviation between seeds, by method. */
  deviations: readonly number[];
  /** What a method is better by than the others; the rest of the methods are equal. */
  shifts?: readonly number[];
  /** Test examples, with the deviation of each method's own effect of an example and of the rest; none: seeds alone. */
  examples?: { count: number; deviation: number; rest: number };
}

/** A pair of methods of a drawn board. */
export interface Pair {
  first: number;
  second: number;
  difference: number;
  /** Variance of the difference between seeds, from this pair's seeds alone. */
  betweenSeeds: number;
  /** Part of the variance that examples make, and its degrees of freedom. */
  overExamples: number;
  exampleDegrees: number;
}

export interface DrawnBoard {
  /** By method, then seed. */
  seedMeans: readonly (readonly number[])[];
  pairs: readonly Pair[];
}

export function drawBoard(random: Random, design: Design): DrawnBoard {
  const { seeds, deviations, shifts, examples } = design;
  const level = deviations.map((deviation, m) =>
    Array.from({ length: seeds }, () => (shifts?.[m] ?? 0) + deviation * random.normal()),
  );
  const scores = examples && drawScores(random, level, examples);
  const seedMeans = scores ? scores.map((table) => table.map(average)) : level;
  const examplePart = scores ? examplesOfPairs(scores, seedMeans) : () => 0;
  const pairs: Pair[] = [];
  for (let first = 0; first < deviations.length; first++) {
    for (let second = first + 1; second < deviations.length; second++) {
      const differences = seedMeans[first]!.map((mean, seed) => mean - seedMeans[second]![seed]!);
      pairs.push({
        first,
        second,
        difference: average(differences),
        betweenSeeds: variance(differences) / seeds,
        overExamples: examplePart(first, second),
        exampleDegrees: (examples?.count ?? 2) - 1,
      });
    }
  }
  return { seedMeans, pairs };
}

/** By method, seed and example. */
function drawScores(
  random: Random,
  level: readonly (readonly number[])[],
  { count, deviation, rest }: NonNullable<Design['examples']>,
): Float64Array[][] {
  return level.map((means) => {
    const effects = Float64Array.from({ length: count }, () => deviation * random.normal());
    return means.map((mean) => effects.map((effect) => mean + effect + rest * random.normal()));
  });
}

/** `max(B − E, 0)/(S·n)` of the analysis of variance of each pair's differences, from products of methods' residuals. */
function examplesOfPairs(scores: readonly Float64Array[][], seedMeans: readonly (readonly number[])[]) {
  const [seeds, count] = [scores[0]!.length, scores[0]![0]!.length];
  const columns = scores.map((table, m) => {
    const mean = average(seedMeans[m]!);
    return Float64Array.from({ length: count }, (_, e) => average(table.map((row) => row[e]!)) - mean);
  });
  const residuals = scores.map((table, m) =>
    Float64Array.from({ length: seeds * count }, (_, index) => {
      const [seed, e] = [Math.floor(index / count), index % count];
      return table[seed]![e]! - seedMeans[m]![seed]! - columns[m]![e]!;
    }),
  );
  return (first: number, second: number) => {
    const b = (seeds * squaredDistance(columns[first]!, columns[second]!)) / (count - 1);
    const e = squaredDistance(residuals[first]!, residuals[second]!) / ((seeds - 1) * (count - 1));
    return Math.max(b - e, 0) / (seeds * count);
  };
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]!) ** 2;
  return sum;
}

export function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

export function variance(values: readonly number[]): number {
  const mean = average(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
