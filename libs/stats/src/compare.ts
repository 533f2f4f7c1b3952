import { crossedMean, type Interval } from './crossed.js';
import { criticalT, twoSidedP } from './student.js';

/** What the two sides had in common: differences are taken per seed and example, or the two means are compared. */
export type Pairing = 'seeds-and-examples' | 'none';

/** Test that two methods have the same mean score. */
export interface Comparison {
  /** Mean of the first minus mean of the second, with its interval. */
  difference: Omit<Interval, 'examples' | 'seeds'>;
  pairing: Pairing;
  /** Two-sided. */
  p: number;
}

interface SeedScores {
  seed: number;
  examples: ArrayLike<number>;
}

/**
 * Compares two methods on the same task.
 *
 * Where both were scored on the same examples and share seeds, the differences `first[s][e] − second[s][e]` are
 * treated as one crossed table (see `crossedMean`): example difficulty that both share cancels. Where fewer than two
 * seeds are shared though both sides have two or more, or the examples are not the same, the means are compared as
 * independent (Welch: variances add, ν by Satterthwaite), which is conservative when they are in fact correlated.
 *
 * @throws RangeError when a side has no seed, or examples that `crossedMean` refuses
 *
 * @example
 * compareScores([{ seed: 0, examples: [1, 2, 3] }], [{ seed: 0, examples: [0, 2, 2] }], 0.95)
 * // difference 0.667, pairing 'seeds-and-examples', p 0.184
 */
export function compareScores(
  first: readonly SeedScores[],
  second: readonly SeedScores[],
  confidence: number,
): Comparison {
  const differences = sharedDifferences(first, second);
  if (differences.length >= Math.min(2, first.length, second.length) && differences.length > 0) {
    const { seeds: _, examples: __, ...difference } = crossedMean(differences, confidence);
    return { difference, pairing: 'seeds-and-examples', p: pValue(difference) };
  }
  const difference = welch(
    crossedMean(
      first.map((run) => run.examples),
      confidence,
    ),
    crossedMean(
      second.map((run) => run.examples),
      confidence,
    ),
    confidence,
  );
  return { difference, pairing: 'none', p: pValue(difference) };
}

/** One row per shared seed; none where the two sides have different numbers of examples. */
function sharedDifferences(first: readonly SeedScores[], second: readonly SeedScores[]): Float64Array[] {
  const bySeed = new Map(second.map((run) => [run.seed, run.examples]));
  const rows: Float64Array[] = [];
  for (const { seed, examples } of first) {
    const other = bySeed.get(seed);
    if (other === undefined || other.length !== examples.length) continue;
    rows.push(Float64Array.from(examples, (score, e) => score - other[e]!));
  }
  return rows;
}

function welch(first: Interval, second: Interval, confidence: number): Comparison['difference'] {
  const variances = [first.standardError ** 2, second.standardError ** 2] as const;
  const variance = variances[0] + variances[1];
  const estimate = first.estimate - second.estimate;
  const degreesOfFreedom =
    variance === 0
      ? Math.min(first.degreesOfFreedom, second.degreesOfFreedom)
      : variance ** 2 / (variances[0] ** 2 / first.degreesOfFreedom + variances[1] ** 2 / second.degreesOfFreedom);
  const standardError = Math.sqrt(variance);
  const margin = standardError === 0 ? 0 : criticalT(confidence, degreesOfFreedom) * standardError;
  const both = first.covers === second.covers ? first.covers : 'examples-only';
  return {
    estimate,
    low: estimate - margin,
    high: estimate + margin,
    standardError,
    degreesOfFreedom,
    covers: both,
  };
}

/** Scores that never vary leave no doubt: equal means get p = 1, different ones p = 0. */
function pValue({ estimate, standardError, degreesOfFreedom }: Comparison['difference']): number {
  if (standardError === 0) return estimate === 0 ? 1 : 0;
  return twoSidedP(estimate / standardError, degreesOfFreedom);
}
