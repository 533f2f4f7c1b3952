import { analyse, type Coverage, type CrossedTable, type Interval, type MeanSquare, meanInterval } from './crossed.js';
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

/** Per-example test scores of one run, or one score where its examples are not known. */
export interface Run {
  seed: number;
  examples: ArrayLike<number>;
  /** Variance that the rounding of such a score, or the step that it comes in, makes by itself. Default: 0. */
  rounding?: number;
}

/**
 * Compares every two of several methods on one task.
 *
 * Where both were scored on the same examples with the same seeds, the differences `first[s][e] − second[s][e]` are one
 * crossed table (see `crossedMean`): example difficulty that both share cancels. From two or three seeds the variance
 * between seeds of a single pair is known so badly that chance alone would call methods different. So where three methods or
 * more have the same seeds, that part of the variance is the sum of the two methods' moderated variances (see
 * `moderatedVariances`); docs/statistics.md has the numbers.
 *
 * Where seeds or examples are not the same, the two means are compared as independent (variances add), which is conservative when they are
 * in fact correlated. Seeds that both happen to share would not do: their difference is not that of the two scores.
 *
 * With a single seed on a side, nobody knows how much its seed does: interval and p then hold the luck of the examples alone, as
 * `difference.covers` says, and chance alone calls many such pairs different.
 *
 * Where a side has one score a seed, whose examples are not known, the other side is its seeds' means, and seeds are all that interval and p
 * hold. A pair of which a side then is a single number says nothing and is left out.
 *
 * A method that trains nothing has no luck of seeds: its runs, example by example their mean where there are several, stand for every
 * seed, and lend no strength to the variance of those that train.
 *
 * @param methods runs of each method, at least one each
 * @param seedless whether a method trains nothing, by its position. Default: none
 * @returns one comparison for each pair of which something can be said: (0, 1), (0, 2), …, (1, 2), …
 * @throws RangeError when a method has no run, or examples that `crossedMean` refuses
 *
 * @example
 * comparePairs([[{ seed: 0, examples: [1, 2, 3] }], [{ seed: 0, examples: [0, 2, 2] }]], 0.95)
 * // [{ first: 0, second: 1, difference: { estimate: 0.667, … }, pairing: 'seeds-and-examples', p: 0.184 }]
 */
export function comparePairs(
  methods: readonly (readonly Run[])[],
  confidence: number,
  seedless: readonly boolean[] = [],
): Comparison[] {
  const whole = prepared(methods, seedless);
  const isAlone = methods.map(isScoreAlone);
  const means = new Set(isAlone).size > 1 ? prepared(methods.map(meansOfSeeds), seedless) : whole;
  return methods.flatMap((_, first) =>
    methods.slice(first + 1).flatMap((__, offset): Comparison[] => {
      const second = first + 1 + offset;
      const of = isAlone[first] === isAlone[second] ? whole : means;
      return [comparePair(of, [first, second], confidence) ?? []].flat();
    }),
  );
}

/** Methods with what is known of each before it is held against others. */
interface Prepared {
  methods: readonly (readonly Run[])[];
  /** The one run of a method that trains nothing. */
  fixed: readonly (Run | undefined)[];
  designs: readonly (string | undefined)[];
  betweenSeeds: readonly (MeanSquare | undefined)[];
}

function prepared(methods: Prepared['methods'], seedless: readonly boolean[]): Prepared {
  const fixed = methods.map((runs, index) => (seedless[index] === true ? meanRun(runs) : undefined));
  const designs = methods.map((runs, index) => (fixed[index] ? undefined : designOf(runs)));
  return { methods, fixed, designs, betweenSeeds: moderatedByDesign(methods, designs) };
}

/** Undefined where a side is a single number. */
function comparePair(
  { methods, fixed, designs, betweenSeeds }: Prepared,
  [first, second]: readonly [number, number],
  confidence: number,
): Comparison | undefined {
  const [runs, others] = [methods[first]!, methods[second]!];
  const [ours, theirs] = [fixed[first], fixed[second]];
  const isKnown = [first, second].every((side) => methods[side]!.length > 1 || fixed[side]);
  if (isScoreAlone(runs) && (!isKnown || (ours && theirs))) return undefined;
  const covers: Coverage = isScoreAlone(runs) ? 'seeds-only' : isKnown ? 'seeds-and-examples' : 'examples-only';
  const table =
    ours && theirs
      ? differenceTable([ours], [theirs])
      : differenceTable(ours ? withSeedsOf(others, ours) : runs, theirs ? withSeedsOf(runs, theirs) : others);
  if (table === undefined) {
    const difference = independent(intervalOf(runs, confidence), intervalOf(others, confidence), confidence);
    return { first, second, difference: { ...difference, covers }, pairing: 'none', p: pValue(difference) };
  }
  const trained = [first, second].filter((side) => !fixed[side]);
  const square =
    new Set(trained.map((side) => designs[side])).size === 1
      ? seedSquare(
          table,
          trained.map((side) => betweenSeeds[side]),
        )
      : undefined;
  const { seeds: _, examples: __, ...difference } = meanInterval(table, confidence, square);
  return {
    first,
    second,
    difference: { ...difference, covers },
    pairing: 'seeds-and-examples',
    p: pValue(difference),
  };
}

/** Whether each seed is one score, whose examples are not known. */
const isScoreAlone = ([run]: readonly Run[]): boolean => run?.examples.length === 1;

/** The mean of each seed as a score alone. */
const meansOfSeeds = (runs: readonly Run[]): Run[] => runs.map((run) => ({ ...run, examples: [meanOf(run.examples)] }));

/** The run of a method that trains nothing: by example the mean of its runs, to the bit one of them where they are equal. */
function meanRun(runs: readonly Run[]): Run {
  const [first, ...others] = runs;
  if (!isScoreAlone(runs)) analyse(runs.map((run) => run.examples));
  const examples = Float64Array.from(first!.examples, (score, e) => {
    const apart = others.reduce((sum, run) => sum + (run.examples[e]! - score), 0);
    return score + apart / runs.length;
  });
  return { seed: 0, examples, rounding: roundingOf(runs) };
}

/** The variance by rounding of a seed's score. */
const roundingOf = (runs: readonly Run[]): number => Math.max(...runs.map(({ rounding = 0 }) => rounding));

/** A run that is the same whatever the seed, once for each seed of another method. */
const withSeedsOf = (others: readonly Run[], run: Run): Run[] => others.map(({ seed }) => ({ ...run, seed }));

/** Methods of one design have the same seeds and as many examples. */
function designOf(runs: readonly Run[]): string {
  return JSON.stringify([runs.map((run) => run.seed).sort((a, b) => a - b), runs[0]?.examples.length]);
}

/** Variance between seeds of each method whose design at least three methods share and which has two seeds or more. */
function moderatedByDesign(
  methods: readonly (readonly Run[])[],
  designs: readonly (string | undefined)[],
): (MeanSquare | undefined)[] {
  const found = new Array<MeanSquare | undefined>(methods.length);
  for (const design of new Set(designs)) {
    const members = designs.flatMap((other, index) => (other === design ? [index] : []));
    if (design === undefined || members.length < 3 || methods[members[0]!]!.length < 2) continue;
    const variances = moderatedVariances(members.map((index) => seedMeans(methods[index]!)));
    members.forEach((index, position) => {
      found[index] = variances[position];
    });
  }
  return found;
}

function seedMeans(runs: readonly Run[]): number[] {
  return [...runs].sort((a, b) => a.seed - b.seed).map(({ examples }) => meanOf(examples));
}

function meanOf(examples: ArrayLike<number>): number {
  let sum = 0;
  for (let e = 0; e < examples.length; e++) sum += examples[e]!;
  return sum / examples.length;
}

/**
 * Variances of a seed's mean of the sides that were trained, as a mean square between seeds of the table of differences; undefined where
 * one is not known.
 */
function seedSquare({ examples }: CrossedTable, sides: readonly (MeanSquare | undefined)[]): MeanSquare | undefined {
  const known = sides.filter((side) => side !== undefined);
  if (known.length < sides.length) return undefined;
  const variance = known.reduce((sum, { value }) => sum + value, 0);
  return { value: examples * variance, degreesOfFreedom: known[0]!.degreesOfFreedom };
}

/** Differences by seed and example; undefined where the two have not the same seeds and as many examples. */
function differenceTable(first: readonly Run[], second: readonly Run[]): CrossedTable | undefined {
  if (designOf(first) !== designOf(second)) return undefined;
  const bySeed = new Map(second.map((run) => [run.seed, run.examples]));
  const rows = first.map(({ seed, examples }) => {
    const other = bySeed.get(seed)!;
    return Float64Array.from(examples, (score, e) => score - other[e]!);
  });
  return analyse(rows, roundingOf(first) + roundingOf(second));
}

/** The interval of `crossedMean` of runs, whose scores may be rounded. @throws RangeError as that does */
export function intervalOf(runs: readonly Run[], confidence: number): Interval {
  return meanInterval(
    analyse(
      runs.map((run) => run.examples),
      roundingOf(runs),
    ),
    confidence,
  );
}

function independent(first: Interval, second: Interval, confidence: number): Omit<Difference, 'covers'> {
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
  };
}

/**
 * Scores that never vary leave no doubt: equal means get p = 1, different ones p = 0. Where all are at the ends of a known range there is
 * some: see `oppositeEnds`.
 */
function pValue({ estimate, standardError, parts }: Omit<Difference, 'covers'>): number {
  if (standardError === 0) return estimate === 0 ? 1 : 0;
  return twoSidedP(estimate, parts);
}
