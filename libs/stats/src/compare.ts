import { analyse, type CrossedTable, crossedMean, type Interval, type MeanSquare, meanInterval } from './crossed.js';
import { moderatedVariances } from './moderated.js';
import { criticalT, totalVariance, twoSidedP } from './variance.js';

/** What the two sides had in common: differences are taken per seed and example, or the two means are compared. */
export type Pairing = 'seeds-and-examples' | 'none';

/** Test that two methods have the same mean score. */
export interface Comparison {
  /** Positions in the list of methods, `first` < `second`. */
  first: number;
  second: number;
  /** Mean of the first minus mean of the second, with its interval. */
  difference: Difference;
  pairing: Pairing;
  /** Two-sided, not adjusted for the number of comparisons. */
  p: number;
}

type Difference = Omit<Interval, 'examples' | 'seeds'>;

/** Per-example test scores of one run. */
export interface Run {
  seed: number;
  examples: ArrayLike<number>;
}

/**
 * Compares every two of several methods on one task.
 *
 * Where both were scored on the same examples and share seeds, the differences `first[s][e] − second[s][e]` are one
 * crossed table (see `crossedMean`): example difficulty that both share cancels. From two or three seeds the variance
 * between seeds of a single pair is known so badly that chance alone would call methods different. So where three methods or
 * more have the same seeds, that part of the variance is the sum of the two methods' moderated variances (see
 * `moderatedVariances`); docs/statistics.md has the numbers.
 *
 * Where fewer than two seeds are shared though a side has two or more, or the examples are not the same, the means are compared as
 * independent (variances add), which is conservative when they are in fact correlated: of a side with several seeds one alone is not its score.
 *
 * @param methods runs of each method, at least one each
 * @returns one comparison for each pair: (0, 1), (0, 2), …, (1, 2), …
 * @throws RangeError when a method has no run, or examples that `crossedMean` refuses
 *
 * @example
 * comparePairs([[{ seed: 0, examples: [1, 2, 3] }], [{ seed: 0, examples: [0, 2, 2] }]], 0.95)
 * // [{ first: 0, second: 1, difference: { estimate: 0.667, … }, pairing: 'seeds-and-examples', p: 0.184 }]
 */
export function comparePairs(methods: readonly (readonly Run[])[], confidence: number): Comparison[] {
  const designs = methods.map(designOf);
  const betweenSeeds = moderatedByDesign(methods, designs);
  return methods.flatMap((runs, first) =>
    methods.slice(first + 1).map((others, offset): Comparison => {
      const second = first + 1 + offset;
      const table = differenceTable(runs, others);
      if (table === undefined) {
        const difference = independent(intervalOf(runs, confidence), intervalOf(others, confidence), confidence);
        return { first, second, difference, pairing: 'none', p: pValue(difference) };
      }
      const square =
        designs[first] === designs[second] ? seedSquare(table, betweenSeeds[first], betweenSeeds[second]) : undefined;
      const { seeds: _, examples: __, ...difference } = meanInterval(table, confidence, square);
      return { first, second, difference, pairing: 'seeds-and-examples', p: pValue(difference) };
    }),
  );
}

/** Methods of one design have the same seeds and as many examples. */
function designOf(runs: readonly Run[]): string {
  return JSON.stringify([runs.map((run) => run.seed).sort((a, b) => a - b), runs[0]?.examples.length]);
}

/** Variance between seeds of each method whose design at least three methods share and which has two seeds or more. */
function moderatedByDesign(
  methods: readonly (readonly Run[])[],
  designs: readonly string[],
): (MeanSquare | undefined)[] {
  const found = new Array<MeanSquare | undefined>(methods.length);
  for (const design of new Set(designs)) {
    const members = designs.flatMap((other, index) => (other === design ? [index] : []));
    if (members.length < 3 || methods[members[0]!]!.length < 2) continue;
    const variances = moderatedVariances(members.map((index) => seedMeans(methods[index]!)));
    members.forEach((index, position) => {
      found[index] = variances[position];
    });
  }
  return found;
}

function seedMeans(runs: readonly Run[]): number[] {
  return [...runs]
    .sort((a, b) => a.seed - b.seed)
    .map(({ examples }) => {
      let sum = 0;
      for (let e = 0; e < examples.length; e++) sum += examples[e]!;
      return sum / examples.length;
    });
}

/** Both sides' variances of a seed's mean as a mean square between seeds of the table of their differences. */
function seedSquare(
  { examples }: CrossedTable,
  first: MeanSquare | undefined,
  second: MeanSquare | undefined,
): MeanSquare | undefined {
  if (!first || !second) return undefined;
  return { value: examples * (first.value + second.value), degreesOfFreedom: first.degreesOfFreedom };
}

/** Differences over the shared seeds; undefined where pairing is not possible, or would waste seeds. */
function differenceTable(first: readonly Run[], second: readonly Run[]): CrossedTable | undefined {
  const bySeed = new Map(second.map((run) => [run.seed, run.examples]));
  const rows = first.flatMap(({ seed, examples }) => {
    const other = bySeed.get(seed);
    return other === undefined || other.length !== examples.length
      ? []
      : [Float64Array.from(examples, (score, e) => score - other[e]!)];
  });
  const needed = Math.max(first.length, second.length) > 1 ? 2 : 1;
  return rows.length < needed ? undefined : analyse(rows);
}

function intervalOf(runs: readonly Run[], confidence: number): Interval {
  return crossedMean(
    runs.map((run) => run.examples),
    confidence,
  );
}

function independent(first: Interval, second: Interval, confidence: number): Difference {
  const parts = [...first.parts, ...second.parts];
  const estimate = first.estimate - second.estimate;
  const standardError = Math.sqrt(totalVariance(parts));
  const margin = standardError === 0 ? 0 : criticalT(confidence, parts) * standardError;
  return {
    estimate,
    low: estimate - margin,
    high: estimate + margin,
    standardError,
    parts,
    covers: first.covers === second.covers ? first.covers : 'examples-only',
  };
}

/**
 * Scores that never vary leave no doubt: equal means get p = 1, different ones p = 0. Where all are at the ends of a known range there is
 * some: see `oppositeEnds`.
 */
function pValue({ estimate, standardError, parts }: Difference): number {
  if (standardError === 0) return estimate === 0 ? 1 : 0;
  return twoSidedP(estimate, parts);
}
