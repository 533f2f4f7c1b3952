/** @file How many more seeds would tell two scores apart that a board does not. */
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Interval } from './crossed.js';
import { criticalT, totalVariance, type VariancePart } from './variance.js';

/** A difference of two means with the parts of its variance, as it was tested. */
export type TestedDifference = Pick<Interval, 'estimate' | 'parts' | 'covers'>;

export interface SeedsAsked {
  /** Level of the two-sided test of this pair alone. */
  level: number;
  /** Chance of telling the pair apart. Default 0.8. */
  power?: number;
  /** True difference. Default: the estimated one. */
  difference?: number;
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
 * The smallest number of further seeds on each side with which the pair is told apart with a chance of `power`, given what was seen (its
 * conditional power). With the variance T₀ now and T then, the estimate then lies around δ + (estimate − δ)·T/T₀ with the variance
 * T·(1 − T/T₀), because the seeds seen so far stay in the mean. It must lie t(1 − level/2)·√T from 0, and z(power) of its own deviations
 * beyond. A tie was seen, and the leader is the best of many: a number that forgets what was seen is too small for both reasons. The
 * true variance lies around the estimated one as if this had three times its ν degrees of freedom, since pairs are tied more often where it
 * is too large: in units of it the estimate E has the mean E·(1 − 1/12ν) and a variance that is larger by E²/6ν. `npm run bench --
 * false-splits` measures what such plans keep.
 *
 * Only the part of the variance between seeds shrinks with more seeds, in proportion to their number, and is known better.
 * The part between examples stays, since the test split stays: where it alone is too large, no number of seeds is enough.
 * Its degrees of freedom grow by the further seeds of one side: the other methods of the board need not get any.
 *
 * The true difference is known by an estimate alone. The interval of the number follows from that of the noncentrality of Student's t, by
 * the approximation Φ((t·(1 − 1/4ν) − δ)/√(1 + t²/2ν)): of tied rows it is wide.
 *
 * Sources: Lan and Wittes, "The B-value: a tool for monitoring data", Biometrics 44 (1988), with Student's t in place of the normal
 * quantiles; Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 26.7.10.
 *
 * @returns undefined where a side has one seed, so that nothing says how much luck of the seed there is
 * @throws RangeError when `level`, `power` or `confidence` is not between 0 and 1
 *
 * @example
 * furtherSeeds(
 *   { estimate: 1, parts: [{ variance: 0.5, degreesOfFreedom: 1, seeds: 2 }], covers: 'seeds-and-examples' },
 *   { level: 0.05 },
 * ) // { further: 8, interval: [3, null], … }
 */
export function furtherSeeds(
  { estimate, parts, covers }: TestedDifference,
  { level, power = 0.8, difference = estimate, most = 100, confidence = 0.8 }: SeedsAsked,
): FurtherSeeds | undefined {
  for (const [name, value] of Object.entries({ level, power, confidence })) {
    if (!(value > 0 && value < 1)) throw new RangeError(`furtherSeeds: expected ${name} between 0 and 1, got ${value}`);
  }
  if (covers === 'examples-only') return undefined;
  const now = totalVariance(parts);
  const error = Math.sqrt(now);
  const t = error === 0 ? 0 : Math.abs(estimate) / error;
  const inverse = parts.reduce((sum, part) => sum + part.variance / part.degreesOfFreedom, 0) / (now || 1);
  const isEnough = (truth: number, further: number) => {
    const then = parts.map((part) => withFurther(part, further));
    const variance = totalVariance(then);
    // Scores that never vary: seeds are not what is missing.
    if (variance === 0) return false;
    const expected = Math.sign(truth) * (truth + ((estimate - truth) * variance) / now);
    const critical = criticalT(1 - level, then) * Math.sqrt(variance);
    const deviation = Math.sqrt(variance * (1 - variance / now) + (expected ** 2 * inverse) / 6);
    return expected * (1 - inverse / 12) - critical >= normalQuantile(power, 0, 1) * deviation;
  };
  const needed = (truth: number) => {
    for (let further = 1; further <= most; further++) if (isEnough(truth, further)) return further;
    return null;
  };
  const side = Math.sign(estimate) || 1;
  const end = (tail: number) => {
    const off = normalQuantile(tail, 0, 1) * Math.sqrt(1 + (t ** 2 * inverse) / 2);
    return needed(side * Math.max(0, t * (1 - inverse / 4) + off) * error);
  };
  const largest = end((1 - confidence) / 2);
  // An end that is open is never wrong: the other one has all that may be.
  const smallest = end(largest === null ? confidence : (1 + confidence) / 2);
  return {
    further: needed(difference),
    interval: [smallest, largest],
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
