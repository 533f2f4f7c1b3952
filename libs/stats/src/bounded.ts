/** @file Intervals of scores that cannot be below or above some value. */
import cdf from '@stdlib/stats-base-dists-t-cdf';
import quantile from '@stdlib/stats-base-dists-t-quantile';
import type { Interval } from './crossed.js';
import { root } from './root.js';
import { criticalT } from './variance.js';

/** Lowest and highest value that a score can have; null where there is none. */
export type Range = readonly [lowest: number | null, highest: number | null];

/**
 * Moves an interval into the range of its score.
 *
 * With two ends it is made on the logit of the place between them, `g(θ) = log((θ − lowest)/(highest − θ))`, and taken back; the
 * standard error is carried over by the derivative of g at the estimate. Of a share this is the usual interval of surveys, of a
 * correlation Fisher's z. Where no score varies and all lie at an end, as when every answer is right, g is not defined: the
 * interval is Wilson's for that many examples, with Student's t of n − 1 degrees of freedom. Seeds do not count there, since
 * the same examples were answered.
 *
 * With one end it is cut there, which changes no coverage: the true value is not beyond. A logarithm would reach far out on
 * the other side where two or three seeds differ.
 *
 * Sources: Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
 * from survey data", Survey Methodology 24 (1998); Fisher, "On the 'probable error' of a coefficient of correlation deduced
 * from a small sample", Metron 1 (1921); Wilson, JASA 22 (1927). Coverage stands in docs/statistics.md.
 *
 * @param interval symmetric, as `crossedMean` gives it
 */
export function withinRange(interval: Interval, confidence: number, range: Range): Interval {
  const [lowest, highest] = range;
  if (lowest === null || highest === null) return clampTo(interval, range);
  if (allAtAnEnd(interval, lowest, highest)) {
    return { ...interval, ...atAnEnd(interval, confidence, lowest, highest) };
  }
  const { estimate, standardError, parts } = interval;
  if (standardError === 0) return interval;
  const [below, above] = [estimate - lowest, highest - estimate];
  // Seeds whose scores all lie at an end but for their rounding.
  if (below <= 0 || above <= 0) return clampTo(interval, range);
  const margin = (criticalT(confidence, parts) * standardError * (highest - lowest)) / (below * above);
  const at = (logit: number) => lowest + (highest - lowest) / (1 + Math.exp(-logit));
  const logit = Math.log(below / above);
  return { ...interval, low: at(logit - margin), high: at(logit + margin) };
}

/** The widest that a difference of two scores of the range can be, as a range of its own. */
export function rangeOfDifference([lowest, highest]: Range): Range {
  return lowest === null || highest === null ? [null, null] : [lowest - highest, highest - lowest];
}

/** Cuts bounds at the ends of a range. */
export function clampTo<Bounds extends { low: number; high: number }>(
  bounds: Bounds,
  [lowest, highest]: Range,
): Bounds {
  return {
    ...bounds,
    low: Math.max(bounds.low, lowest ?? Number.NEGATIVE_INFINITY),
    high: Math.min(bounds.high, highest ?? Number.POSITIVE_INFINITY),
  };
}

/**
 * Whether no score varies and all lie at an end, but for what adding them up costs. Scores whose examples are not known are none that this
 * is said of: how many answers were right is what Wilson's interval needs.
 */
function allAtAnEnd({ estimate, standardError, covers }: Interval, lowest: number, highest: number): boolean {
  const negligible = 1e-9 * (highest - lowest);
  const isAtEnd = Math.min(estimate - lowest, highest - estimate) < negligible;
  return covers !== 'seeds-only' && standardError < negligible && isAtEnd;
}

/** Width of Wilson's interval of so many examples at an end, as a share of the range. @param tail probability beyond t on one side */
function widthAtAnEnd(examples: number, tail: number): number {
  const t = quantile(tail, examples - 1);
  return t ** 2 / (examples + t ** 2);
}

function atAnEnd(
  { estimate, examples }: Interval,
  confidence: number,
  lowest: number,
  highest: number,
): { low: number; high: number } {
  const width = (highest - lowest) * widthAtAnEnd(examples, (1 - confidence) / 2);
  return estimate - lowest < highest - estimate
    ? { low: lowest, high: lowest + width }
    : { low: highest - width, high: highest };
}

/** Difference of a score at one end of the range and one at the other. */
interface OppositeEnds {
  /** Two-sided: one minus the largest confidence whose interval leaves out 0. */
  p: number;
  at(confidence: number): { estimate: number; low: number; high: number };
}

/**
 * The difference where one score is at the lowest value and the other at the highest, and neither varies, as where one method is right of
 * all examples and the other of none: no spread says how certain that is. Its interval is made of the two intervals that `withinRange`
 * gives, and p follows from it. Undefined of any other two scores.
 *
 * Source: Newcombe, "Interval estimation for the difference between independent proportions", Statist. Med. 17 (1998),
 * method 10, with Student's t in the intervals.
 */
export function oppositeEnds(first: Interval, second: Interval, [lowest, highest]: Range): OppositeEnds | undefined {
  if (lowest === null || highest === null) return undefined;
  const estimate = first.estimate - second.estimate;
  const areAtEnds = [first, second].every((one) => allAtAnEnd(one, lowest, highest));
  if (!areAtEnds || Math.abs(estimate) < (highest - lowest) / 2) return undefined;
  const reach = (tail: number) => Math.hypot(widthAtAnEnd(first.examples, tail), widthAtAnEnd(second.examples, tail));
  // With as many examples on either side, each interval is 1/√2 wide where that of the difference ends at 0: t² = (1 + √2)·n.
  const tails = [first, second].map(({ examples }) => cdf(-Math.sqrt((1 + Math.SQRT2) * examples), examples - 1));
  const [lowestTail, highestTail] = [Math.min(...tails), Math.max(...tails)];
  const tail =
    lowestTail === 0 || lowestTail === highestTail
      ? lowestTail
      : Math.exp(root((log) => Math.log(reach(Math.exp(log))), Math.log(lowestTail), Math.log(highestTail)));
  return {
    p: 2 * tail,
    at(confidence) {
      const inner = estimate * (1 - reach((1 - confidence) / 2));
      return { estimate, low: Math.min(estimate, inner), high: Math.max(estimate, inner) };
    },
  };
}
