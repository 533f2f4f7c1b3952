/** @file Boards of shares: k of n examples right, known only as a count, as published result files give them. */
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

/** A difference of two shares, first minus second. `p` is two-sided. */
export interface ProportionComparison {
  difference: ProportionInterval;
  p: number;
}

/**
 * Two shares of independent samples: the pooled score test, and Newcombe's interval of the difference, which is built
 * from the two Wilson intervals. For two methods scored on the same examples it is conservative, since they tend to
 * get the same examples right, and counts alone do not say which.
 *
 * Source: Newcombe, "Interval estimation for the difference between independent proportions", Statist. Med. 17 (1998),
 * method 10.
 */
export function compareProportions(first: Proportion, second: Proportion, confidence: number): ProportionComparison {
  const a = wilson(first, confidence);
  const b = wilson(second, confidence);
  const estimate = a.estimate - b.estimate;
  const pooled = (first.successes + second.successes) / (first.examples + second.examples);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.examples + 1 / second.examples));
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

export interface ProportionBoard<R extends Proportion> {
  /** Largest share first. Rows that share a letter cannot be told apart. */
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

/** Orders shares and tests every two of them. */
export function proportionBoard<R extends Proportion>(rows: readonly R[], confidence: number): ProportionBoard<R> {
  const ordered = rows
    .map((row) => ({ row, score: wilson(row, confidence) }))
    .sort((a, b) => b.score.estimate - a.score.estimate);
  const compared = ordered.flatMap(({ row }, a) =>
    ordered.slice(a + 1).map(({ row: other }, offset) => {
      return { a, b: a + 1 + offset, ...compareProportions(row, other, confidence) };
    }),
  );
  const adjusted = holm(compared.map(({ p }) => p));
  const together = familyLevel(confidence, compared.length);
  const pairs = compared.map((pair, index) => {
    const wide = compareProportions(ordered[pair.a]!.row, ordered[pair.b]!.row, together).difference;
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
