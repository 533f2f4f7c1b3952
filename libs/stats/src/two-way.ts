/** @file Least squares of methods and seeds over whatever cells are there. */
import type { MeanSquare } from './crossed.js';

/** The mean score of each seed of a method. */
export type SeedMeans = readonly { seed: number; value: number }[];

export interface Fitted {
  /** By method: variance of a seed's mean around method and seed, with 0 degrees of freedom where nothing tells it. */
  own: MeanSquare[];
  /** Variance of the effects of seeds that methods share. */
  shared: MeanSquare;
  /**
   * What the variances around method and seed are multiplied by: 1, and less where two methods alone share seeds whose effects vary by less
   * than these variances would make them. The variance of an effect is not negative, so such effects are of the rest, and pooled with it.
   */
  pooled: number;
  /** Of all residuals together. */
  degreesOfFreedom: number;
}

interface Cells {
  /** Shared seeds by their place, and the values there. */
  places: number[];
  values: number[];
  /** What the seeds that this method alone has vary by, around its others where there are some. */
  alone: MeanSquare;
}

/** Cells whose residual keeps less than this of its variance say nothing. */
const negligible = 1e-9;

/**
 * Prepares the fit of `value = method + seed + residual` for several choices of weights. Seeds that one method alone has are
 * left out of it: they count by their spread around the mean of the method.
 */
export function twoWayFit(methods: readonly SeedMeans[]): {
  /** @param known what is known of the variance of seeds: it is taken off where a method alone has a seed. Default: 0 */
  at(weights: readonly number[], known?: number): Fitted;
} {
  const shared = sharedSeeds(methods);
  const placeOf = new Map(shared.map((seed, place) => [seed, place]));
  const cells = methods.map((all): Cells => {
    const both = all.filter(({ seed }) => placeOf.has(seed));
    const own = both.length > 1 ? both : [];
    const alone = all.filter((cell) => !own.includes(cell)).map(({ value }) => value);
    return {
      places: own.map(({ seed }) => placeOf.get(seed)!),
      values: own.map(({ value }) => value),
      alone: spreadAround(
        alone,
        own.map(({ value }) => value),
      ),
    };
  });
  const references = componentsOf(cells, shared.length);
  return { at: (weights, known = 0) => fitted(cells, { weights, known, seeds: shared.length, references }) };
}

/** Seeds that two methods or more have, of those methods that have two such seeds or more: others say nothing of what a seed does. */
function sharedSeeds(methods: readonly SeedMeans[]): number[] {
  for (let joined = methods, seeds: number[] = []; ; ) {
    const counts = new Map<number, number>();
    for (const cells of joined) for (const { seed } of cells) counts.set(seed, (counts.get(seed) ?? 0) + 1);
    const found = [...counts].flatMap(([seed, count]) => (count > 1 ? [seed] : [])).sort((a, b) => a - b);
    if (found.length === seeds.length && seeds.length > 0) return found;
    seeds = found;
    joined = joined
      .map((cells) => cells.filter(({ seed }) => counts.get(seed)! > 1))
      .filter(({ length }) => length > 1);
    if (seeds.length === 0 || joined.length === 0) return [];
  }
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What values vary by around their mean, and their mean around that of others. */
function spreadAround(values: readonly number[], others: readonly number[]): MeanSquare {
  const degreesOfFreedom = Math.max(0, values.length - (others.length === 0 ? 1 : 0));
  if (degreesOfFreedom === 0) return { value: 0, degreesOfFreedom };
  const mean = average(values);
  const own = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [n, m] = [values.length, others.length];
  const apart = m === 0 ? 0 : ((n * m) / (n + m)) * (mean - average(others)) ** 2;
  return { value: (own + apart) / degreesOfFreedom, degreesOfFreedom };
}

/** One seed of each set of seeds that methods join: its effect is taken for 0. */
function componentsOf(cells: readonly Cells[], seeds: number): Set<number> {
  const parent = Array.from({ length: seeds }, (_, place) => place);
  const find = (place: number): number => {
    let at = place;
    while (parent[at] !== at) at = parent[at]!;
    return at;
  };
  for (const { places } of cells) for (const place of places) parent[find(place)] = find(places[0]!);
  return new Set(parent.map((_, place) => find(place)));
}

function fitted(
  cells: readonly Cells[],
  {
    weights,
    known,
    seeds,
    references,
  }: { weights: readonly number[]; known: number; seeds: number; references: ReadonlySet<number> },
): Fitted {
  const totals = new Float64Array(seeds);
  cells.forEach(({ places }, m) => {
    for (const place of places) totals[place]! += weights[m]!;
  });
  // No weight is above that of the others together.
  const cellWeights = cells.map(({ places }, m) =>
    places.map((place) => Math.min(weights[m]!, totals[place]! - weights[m]!)),
  );
  const normal = Array.from({ length: seeds }, () => new Float64Array(seeds));
  const right = new Float64Array(seeds);
  const sums = cellWeights.map((own) => own.reduce((sum, weight) => sum + weight, 0));
  const means = cells.map(({ values }, m) =>
    values.length === 0 ? 0 : values.reduce((sum, value, i) => sum + cellWeights[m]![i]! * value, 0) / sums[m]!,
  );
  cells.forEach(({ places, values }, m) => {
    const own = cellWeights[m]!;
    places.forEach((place, i) => {
      normal[place]![place]! += own[i]!;
      right[place]! += own[i]! * (values[i]! - means[m]!);
      places.forEach((other, j) => {
        normal[place]![other]! -= (own[i]! * own[j]!) / sums[m]!;
      });
    });
  });
  const inverse = inverted(normal, references);
  const effects = inverse.map((row) => row.reduce((sum, value, place) => sum + value * right[place]!, 0));
  let degreesOfFreedom = 0;
  const own = cells.map((of, m): MeanSquare => {
    const squares = residuals(of, cellWeights[m]!, { mean: means[m]!, sum: sums[m]!, effects, inverse });
    const { left, degrees, squared } = squares;
    degreesOfFreedom += left + of.alone.degreesOfFreedom;
    const all = left + of.alone.degreesOfFreedom;
    if (all < negligible) return { value: 0, degreesOfFreedom: 0 };
    const alone = of.places.length === 0 ? of.alone.value : Math.max(0, of.alone.value - known);
    const value = (squared + of.alone.degreesOfFreedom * alone) / all;
    return { value, degreesOfFreedom: degrees + of.alone.degreesOfFreedom };
  });
  return {
    own,
    ...sharedVariance({
      normal,
      effects,
      references,
      ofRest: degreesOfFreedom,
      methods: cells.filter(({ places }) => places.length > 0).length,
    }),
    degreesOfFreedom: wholeOr(degreesOfFreedom),
  };
}

/** Sum of the squared residuals of a method, what the fit left of their variance, and the degrees of freedom of their sum. */
function residuals(
  { places, values }: Cells,
  weights: readonly number[],
  { mean, sum, effects, inverse }: { mean: number; sum: number; effects: readonly number[]; inverse: Float64Array[] },
): { squared: number; left: number; degrees: number } {
  const shares = weights.map((weight) => weight / sum);
  const level = places.reduce((total, place, i) => total + shares[i]! * effects[place]!, 0);
  const across = places.map((place) =>
    places.reduce((total, other, j) => total + shares[j]! * inverse[place]![other]!, 0),
  );
  const within = across.reduce((total, value, i) => total + shares[i]! * value, 0);
  let [squared, left, ofSquares] = [0, 0, 0];
  for (let i = 0; i < places.length; i++) {
    squared += (values[i]! - mean - effects[places[i]!]! + level) ** 2;
    for (let j = 0; j < places.length; j++) {
      const fit = 1 / sum + inverse[places[i]!]![places[j]!]! - across[i]! - across[j]! + within;
      const kept = (i === j ? 1 : 0) - Math.sqrt(weights[i]! * weights[j]!) * fit;
      if (i === j) left += kept;
      ofSquares += kept ** 2;
    }
  }
  if (left < negligible) return { squared: 0, left: 0, degrees: 0 };
  return { squared, left, degrees: wholeOr(left ** 2 / ofSquares) };
}

/** A number of degrees of freedom, whole where it is so but for rounding. */
function wholeOr(degrees: number): number {
  return Math.abs(degrees - Math.round(degrees)) < negligible ? Math.round(degrees) : degrees;
}

/** By moments: Q of the effects has the mean of its degrees of freedom and τ² times the trace of what it weighs by. */
function sharedVariance({
  normal,
  effects,
  references,
  ofRest,
  methods,
}: {
  normal: readonly Float64Array[];
  effects: readonly number[];
  references: ReadonlySet<number>;
  /** Degrees of freedom of the rest. */
  ofRest: number;
  /** How many share seeds. */
  methods: number;
}): Pick<Fitted, 'shared' | 'pooled'> {
  const degreesOfFreedom = effects.length - references.size;
  if (degreesOfFreedom === 0) return { shared: { value: 0, degreesOfFreedom: 0 }, pooled: 1 };
  let [q, trace] = [0, 0];
  normal.forEach((row, place) => {
    trace += row[place]!;
    row.forEach((value, other) => {
      q += effects[place]! * value * effects[other]!;
    });
  });
  return {
    shared: { value: Math.max(0, (q - degreesOfFreedom) / trace), degreesOfFreedom },
    pooled: methods > 2 ? 1 : Math.min(1, (q + ofRest) / (degreesOfFreedom + ofRest)),
  };
}

/** Inverse without the rows and columns of `references`, which are 0 (Gauss and Jordan; the matrix is positive definite there). */
export function inverted(matrix: readonly Float64Array[], references: ReadonlySet<number> = new Set()): Float64Array[] {
  const size = matrix.length;
  const kept = matrix.flatMap((_, place) => (references.has(place) ? [] : [place]));
  const left = kept.map((row) => Float64Array.from(kept, (column) => matrix[row]![column]!));
  const right = kept.map((_, row) => Float64Array.from(kept, (__, column) => (row === column ? 1 : 0)));
  for (let pivot = 0; pivot < kept.length; pivot++) {
    const by = left[pivot]![pivot]!;
    for (let column = 0; column < kept.length; column++) {
      left[pivot]![column]! /= by;
      right[pivot]![column]! /= by;
    }
    for (let row = 0; row < kept.length; row++) {
      const times = left[row]![pivot]!;
      if (row === pivot || times === 0) continue;
      for (let column = 0; column < kept.length; column++) {
        left[row]![column]! -= times * left[pivot]![column]!;
        right[row]![column]! -= times * right[pivot]![column]!;
      }
    }
  }
  const inverse = Array.from({ length: size }, () => new Float64Array(size));
  kept.forEach((row, i) => {
    kept.forEach((column, j) => {
      inverse[row]![column] = right[i]![j]!;
    });
  });
  return inverse;
}
