/** @file Boards of shares: k of n examples right, known only as a count, or means of several such, as published results give them. */
import cdf from '@stdlib/stats-base-dists-normal-cdf';
import quantile from '@stdlib/stats-base-dists-normal-quantile';
import { holm } from './holm.js';
import { groupLetters } from './letters.js';
import { agreeing, familyLevel } from './simultaneous.js';

/** `successes` of `examples`. */
export interface Proportion {
  successes: number;
  examples: number;
}

export interface ProportionInterval {
  estimate: number;
  low: number;
  high: number;
}

/**
 * A share with Wilson's score interval, which stays between 0 and 1 and has a width at 0 of n.
 *
 * Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 *
 * @throws RangeError unless 0 ≤ successes ≤ examples are whole numbers and there is an example
 * @example wilson({ successes: 631, examples: 1319 }, 0.95) // 0.478, from 0.452 to 0.505
 */
export function wilson({ successes, examples }: Proportion, confidence: number): ProportionInterval {
  requireCounts({ successes, examples });
  const z = quantile(0.5 + confidence / 2, 0, 1);
  const estimate = successes / examples;
  const weight = 1 + z ** 2 / examples;
  const centre = (estimate + z ** 2 / (2 * examples)) / weight;
  const margin = (z / weight) * Math.sqrt((estimate * (1 - estimate)) / examples + z ** 2 / (4 * examples ** 2));
  return { estimate, low: Math.max(0, centre - margin), high: Math.min(1, centre + margin) };
}

/** A score as published: the mean of shares of separate sets of examples, each of which counts alike; mostly one. */
export type Shares = readonly Proportion[];

/**
 * The mean of shares with an interval: as far from the mean in each direction as the ends of their Wilson intervals are together, which for one
 * share is its own.
 *
 * Source: Zou and Donner, "Construction of confidence limits about effect measures: a general approach", Statist. Med. 27 (2008).
 *
 * @throws RangeError without a share
 */
export function meanShare(shares: Shares, confidence: number): ProportionInterval {
  if (shares.length === 0) throw new RangeError('expected at least one share');
  const each = shares.map((share) => wilson(share, confidence));
  const estimate = each.reduce((sum, one) => sum + one.estimate, 0) / each.length;
  const reach = (end: (one: ProportionInterval) => number) =>
    Math.hypot(...each.map((one) => one.estimate - end(one))) / each.length;
  return { estimate, low: estimate - reach(({ low }) => low), high: estimate + reach(({ high }) => high) };
}

/** A difference of two scores, first minus second. `p` is two-sided. */
export interface ProportionComparison {
  difference: ProportionInterval;
  p: number;
}

/**
 * Two scores of independent samples on the same sets: the score test with the shares of each set pooled, and the interval of the difference
 * that is built from the two intervals of the scores. For two methods scored on the same examples it is conservative, since they tend to
 * get the same examples right, and counts alone do not say which.
 *
 * Source: Newcombe, "Interval estimation for the difference between independent proportions", Statist. Med. 17 (1998),
 * method 10.
 *
 * @throws RangeError for scores of several numbers of sets
 */
export function compareShares(first: Shares, second: Shares, confidence: number): ProportionComparison {
  if (first.length !== second.length) {
    throw new RangeError(`expected scores of as many sets, got ${first.length} and ${second.length}`);
  }
  const a = meanShare(first, confidence);
  const b = meanShare(second, confidence);
  const estimate = a.estimate - b.estimate;
  const variance = first.reduce((sum, one, set) => {
    const other = second[set]!;
    const pooled = (one.successes + other.successes) / (one.examples + other.examples);
    return sum + pooled * (1 - pooled) * (1 / one.examples + 1 / other.examples);
  }, 0);
  const error = Math.sqrt(variance) / first.length;
  return {
    difference: {
      estimate,
      low: estimate - Math.hypot(a.estimate - a.low, b.high - b.estimate),
      high: estimate + Math.hypot(a.high - a.estimate, b.estimate - b.low),
    },
    // Both all right or both all wrong: nothing speaks for a difference.
    p: error === 0 ? 1 : Math.min(1, 2 * cdf(-Math.abs(estimate) / error, 0, 1)),
  };
}

export interface ProportionBoard<R> {
  /** Largest score first. Rows that share a letter cannot be told apart. */
  entries: { row: R; score: ProportionInterval; letters: string[] }[];
  /** Every pair; `a` < `b` are positions in `entries`. `adjustedP` is Holm's over all pairs. */
  pairs: (ProportionComparison & {
    a: number;
    b: number;
    adjustedP: number;
    /** Interval adjusted for the number of pairs; it agrees with `adjustedP`. */
    simultaneous: { low: number; high: number };
  })[];
}

/** Orders scores and tests every two of them. */
export function proportionBoard<R extends { shares: Shares }>(
  rows: readonly R[],
  confidence: number,
): ProportionBoard<R> {
  const ordered = rows
    .map((row) => ({ row, score: meanShare(row.shares, confidence) }))
    .sort((a, b) => b.score.estimate - a.score.estimate);
  const compared = ordered.flatMap(({ row }, a) =>
    ordered.slice(a + 1).map(({ row: other }, offset) => {
      return { a, b: a + 1 + offset, ...compareShares(row.shares, other.shares, confidence) };
    }),
  );
  const adjusted = holm(compared.map(({ p }) => p));
  const together = familyLevel(confidence, compared.length);
  const pairs = compared.map((pair, index) => {
    const wide = compareShares(ordered[pair.a]!.row.shares, ordered[pair.b]!.row.shares, together).difference;
    const { low, high } = agreeing(wide, adjusted[index]! <= 1 - confidence);
    return { ...pair, adjustedP: adjusted[index]!, simultaneous: { low, high } };
  });
  const different = pairs.filter(({ adjustedP }) => adjustedP <= 1 - confidence);
  const letters = groupLetters(
    ordered.length,
    different.map(({ a, b }) => [a, b]),
  );
  return { entries: ordered.map((entry, index) => ({ ...entry, letters: letters[index]! })), pairs };
}

function requireCounts({ successes, examples }: Proportion): void {
  const whole = Number.isInteger(successes) && Number.isInteger(examples);
  if (!whole || examples < 1 || successes < 0 || successes > examples) {
    throw new RangeError(`expected whole numbers with 0 ≤ successes ≤ examples ≥ 1, got ${successes} of ${examples}`);
  }
}
