/** @file How many more seeds would tell two scores apart that a board does not. */
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Interval } from './crossed.js';
import { criticalT, totalVariance, type VariancePart } from './variance.js';

/** A difference of two means with the parts of its variance, as it was tested. */
export type TestedDifference = Pick<Interval, 'estimate' | 'parts' | 'covers'>;

export interface SeedsAsked {
  /** Level of the two-sided test of this pair alone. */
  level: number;
  /** Chance of telling the pair apart if the true difference is the estimated one. Default 0.8. */
  power?: number;
  /** Default 100. */
  most?: number;
  /** Confidence of the interval of the number. Default 0.8. */
  confidence?: number;
}

/** Numbers of further seeds; null is more than `most`. */
export interface FurtherSeeds {
  further: number | null;
  /** Holds the number that the true difference and the true variance ask for. */
  interval: [number | null, number | null];
  /** The difference is smaller than its own standard error. */
  isBelowError: boolean;
}

/**
 * The smallest number of further seeds on each side with which the pair would be told apart: the difference is then at least
 * t(1 − level/2) + t(power) standard errors, the usual formula for the size of a sample.
 *
 * Only the part of the variance between seeds shrinks with more seeds, in proportion to their number, and is known better.
 * The part between examples stays, since the test split stays: where it alone is too large, no number of seeds is enough.
 * Its degrees of freedom grow by the further seeds of one side: the other methods of the board need not get any.
 *
 * The number follows from the difference in standard errors, t, which is an estimate itself. Its interval is that of the noncentrality of
 * Student's t, by the approximation Φ((t·(1 − 1/4ν) − δ)/√(1 + t²/2ν)): of tied rows it is wide.
 *
 * Sources: Chow, Shao, Wang and Lokhnygina, "Sample size calculations in clinical research" (3rd ed., 2018), ch. 3, with
 * Student's t in place of the normal quantiles; Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 26.7.10.
 *
 * @returns undefined where a side has one seed, so that nothing says how much luck of the seed there is
 * @throws RangeError when `level`, `power` or `confidence` is not between 0 and 1
 *
 * @example
 * furtherSeeds(
 *   { estimate: 1, parts: [{ variance: 0.5, degreesOfFreedom: 1, seeds: 2 }], covers: 'seeds-and-examples' },
 *   { level: 0.05 },
 * ) // { further: 8, interval: [2, null], … }: a paired t test of differences with the mean 1 and the variance 1 needs 10 seeds
 */
export function furtherSeeds(
  { estimate, parts, covers }: TestedDifference,
  { level, power = 0.8, most = 100, confidence = 0.8 }: SeedsAsked,
): FurtherSeeds | undefined {
  for (const [name, value] of Object.entries({ level, power, confidence })) {
    if (!(value > 0 && value < 1)) throw new RangeError(`furtherSeeds: expected ${name} between 0 and 1, got ${value}`);
  }
  if (covers === 'examples-only') return undefined;
  const isEnough = (difference: number, further: number) => {
    const then = parts.map((part) => withFurther(part, further));
    const error = Math.sqrt(totalVariance(then));
    // Scores that never vary: seeds are not what is missing.
    if (error === 0) return false;
    // `criticalT` takes the share between both tails; t(power) has 1 − power in one.
    return Math.abs(difference) >= (criticalT(1 - level, then) + criticalT(2 * power - 1, then)) * error;
  };
  const needed = (difference: number) => {
    if (!isEnough(difference, most)) return null;
    // More seeds never make it less.
    let [few, enough] = [0, most];
    while (enough - few > 1) {
      const middle = (few + enough) >> 1;
      if (isEnough(difference, middle)) enough = middle;
      else few = middle;
    }
    return enough;
  };
  const error = Math.sqrt(totalVariance(parts));
  const t = error === 0 ? 0 : Math.abs(estimate) / error;
  const inverse = parts.reduce((sum, part) => sum + part.variance / part.degreesOfFreedom, 0) / (error ** 2 || 1);
  const reach = normalQuantile((1 + confidence) / 2, 0, 1) * Math.sqrt(1 + (t ** 2 * inverse) / 2);
  const middle = t * (1 - inverse / 4);
  const [nearest, farthest] = [Math.max(0, middle - reach), middle + reach];
  return {
    further: needed(estimate),
    interval: [needed(farthest * error), needed(nearest * error)],
    isBelowError: t < 1,
  };
}

/** A part of the variance once its seeds are more. */
function withFurther(part: VariancePart, further: number): VariancePart {
  const { variance, degreesOfFreedom, seeds } = part;
  if (seeds === undefined) return part;
  const then = seeds + further;
  return {
    variance: (variance * seeds) / then,
    degreesOfFreedom: degreesOfFreedom + further,
    seeds: then,
  };
}
