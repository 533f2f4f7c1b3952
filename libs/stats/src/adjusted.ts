/** @file Means of methods without the luck of the seeds that each happens to have. */
import type { MeanSquare } from './crossed.js';
import { inverted, type SeedMeans } from './two-way.js';

/** The mean of a method, less what its seeds are predicted to do to all methods alike. */
export interface AdjustedMean extends MeanSquare {
  /** The number added to the plain mean; the same for all methods where all have the same seeds. */
  adjustment: number;
  /** The variance without the error of the predictions. */
  variance: number;
  /** The share of the mean for each seed that several methods have. */
  shares: Float64Array;
  /** The covariance of the errors of the predictions, times `shares`. */
  carried: Float64Array;
  /** Its squares sum to τ² times the derivative of the variance by τ²; by seed that several methods have, then by method for its others. */
  exposure: Float64Array;
}

/** A method is taken to vary by this much of what seeds do to all alike, at least: beyond it nothing is left of the others' digits. */
const steadiest = 1e-6;

/**
 * Best linear unbiased estimates of the methods' means in `y[m][s] = μ[m] + τ[s] + ε[m][s]` with the variances σ²[m] of ε and τ² of τ, by
 * Henderson's equations. A seed that one method alone has counts with the variance σ² + τ²; the effects of others are predicted from all
 * methods that have them, so that a method which lacks one loses little by it. With the same seeds everywhere the means are the plain ones.
 *
 * Source: Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics 31 (1975).
 *
 * @param own σ² by method; undefined where nothing tells it
 * @param shared τ²
 */
export function adjustedMeans(
  methods: readonly SeedMeans[],
  own: readonly (MeanSquare | undefined)[],
  shared: number,
): (AdjustedMean | undefined)[] {
  const known = methods.map((cells, m) => (own[m] ? cells : []));
  const places = shared === 0 ? new Map<number, number>() : seedsOfSeveral(known);
  const normal = Array.from({ length: places.size }, (_, place) =>
    Float64Array.from({ length: places.size }, (__, other) => (place === other ? 1 / shared : 0)),
  );
  const right = new Float64Array(places.size);
  const prepared = known.map((cells, m) => {
    const square = own[m];
    if (!square) return undefined;
    const { value } = square;
    const both = cells.flatMap(({ seed, value: score }) => {
      const place = places.get(seed);
      return place === undefined ? [] : [{ place, score }];
    });
    const [p, q] = [both.length, cells.length - both.length];
    const reliability = value === 0 ? 0 : value / (value + shared);
    const share = p === 0 ? 0 : 1 / (p + q * reliability);
    const alone = p === 0 ? 1 / q : share * reliability;
    const shares = new Float64Array(places.size);
    for (const { place } of both) shares[place] = share;
    const mean = cells.reduce((sum, { seed, value: score }) => sum + (places.has(seed) ? share : alone) * score, 0);
    const weight = 1 / Math.max(value, steadiest * shared);
    for (const { place, score } of both) {
      right[place]! += weight * (score - mean);
      normal[place]![place]! += weight;
      for (const { place: other } of both) normal[place]![other]! -= weight * share;
    }
    const plain = cells.reduce((sum, { value: score }) => sum + score / cells.length, 0);
    const variance = p * share ** 2 * value + q * alone ** 2 * (value + shared);
    const adjustment = p === 0 || q === 0 ? 0 : mean - plain;
    return { square, adjustment, variance, shares, both, weight, ofAlone: alone * Math.sqrt(q * shared) };
  });
  const covariance = inverted(normal);
  const effects = covariance.map((row) => product(row, right));
  return prepared.map((of, m) => {
    if (!of) return undefined;
    const { square, adjustment, variance, shares } = of;
    const carried = Float64Array.from(covariance, (row) => product(row, shares));
    const onAlone = prepared.map((other, o) => {
      if (!other || other.ofAlone === 0) return 0;
      const predicted = other.both.reduce((sum, { place }) => sum + other.weight * carried[place]!, 0);
      return other.ofAlone * ((o === m ? 1 : 0) + predicted);
    });
    const exposure = Float64Array.from([...carried].map((each) => each / Math.sqrt(shared)).concat(onAlone));
    return { ...square, adjustment: adjustment - product(shares, effects), variance, shares, carried, exposure };
  });
}

/**
 * Variance of a difference by the error of the predictions, which cancels where both sides have the same seeds. One side may be undefined:
 * seeds do not touch it.
 *
 * @returns beside it the part of the whole variance that is known only as well as τ² is
 */
export function predictionError(
  first: AdjustedMean | undefined,
  second: AdjustedMean | undefined,
): { variance: number; ofShared: number } {
  const apart = (of: (mean: AdjustedMean) => Float64Array) =>
    of((first ?? second)!).map((_, i) => (first ? of(first)[i]! : 0) - (second ? of(second)[i]! : 0));
  const [shares, exposure] = [apart((mean) => mean.shares), apart((mean) => mean.exposure)];
  const variance = product(
    shares,
    apart((mean) => mean.carried),
  );
  return { variance: Math.max(0, variance), ofShared: product(exposure, exposure) };
}

/** The places of seeds that two methods or more have. */
function seedsOfSeveral(methods: readonly SeedMeans[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const cells of methods) for (const { seed } of cells) counts.set(seed, (counts.get(seed) ?? 0) + 1);
  const several = [...counts].flatMap(([seed, count]) => (count > 1 ? [seed] : [])).sort((a, b) => a - b);
  return new Map(several.map((seed, place) => [seed, place]));
}

function product(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += first[i]! * second[i]!;
  return sum;
}
