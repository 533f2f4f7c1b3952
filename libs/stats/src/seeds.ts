/** @file How many more seeds would tell two scores apart that a board does not. */
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
}

/**
 * The smallest number of further seeds on each side with which the pair would be told apart: the difference is then at least
 * t(1 − level/2) + t(power) standard errors, the usual formula for the size of a sample.
 *
 * Only the part of the variance between seeds shrinks with more seeds, in proportion to their number, and is known better.
 * The part between examples stays, since the test split stays: where it alone is too large, no number of seeds is enough.
 * For paired runs both are those of the differences. Where methods share a moderated variance, its degrees of freedom grow
 * as if all of them got the further seeds.
 *
 * Source: Chow, Shao, Wang and Lokhnygina, "Sample size calculations in clinical research" (3rd ed., 2018), ch. 3, with
 * Student's t in place of the normal quantiles.
 *
 * @returns null where `most` further seeds are not enough; undefined where a side has one seed, so that nothing says how
 * much luck of the seed there is
 * @throws RangeError when `level` or `power` is not between 0 and 1
 *
 * @example
 * furtherSeeds(
 *   { estimate: 1, parts: [{ variance: 0.5, degreesOfFreedom: 1, seeds: 2 }], covers: 'seeds-and-examples' },
 *   { level: 0.05 },
 * ) // 8: a paired t test of differences with the mean 1 and the variance 1 needs 10 seeds
 */
export function furtherSeeds(
  { estimate, parts, covers }: TestedDifference,
  { level, power = 0.8, most = 100 }: SeedsAsked,
): number | null | undefined {
  for (const [name, value] of Object.entries({ level, power })) {
    if (!(value > 0 && value < 1)) throw new RangeError(`furtherSeeds: expected ${name} between 0 and 1, got ${value}`);
  }
  if (covers === 'examples-only') return undefined;
  const isEnough = (further: number) => {
    const then = parts.map((part) => withFurther(part, further));
    const error = Math.sqrt(totalVariance(then));
    // Scores that never vary: seeds are not what is missing.
    if (error === 0) return false;
    // `criticalT` takes the share between both tails; t(power) has 1 − power in one.
    return Math.abs(estimate) >= (criticalT(1 - level, then) + criticalT(2 * power - 1, then)) * error;
  };
  for (let further = 1; further <= most; further += 1) if (isEnough(further)) return further;
  return null;
}

/** A part of the variance once its seeds are more. */
function withFurther(part: VariancePart, further: number): VariancePart {
  const { variance, degreesOfFreedom, seeds } = part;
  if (seeds === undefined) return part;
  const then = seeds + further;
  return {
    variance: (variance * seeds) / then,
    degreesOfFreedom: (degreesOfFreedom * (then - 1)) / (seeds - 1),
    seeds: then,
  };
}
