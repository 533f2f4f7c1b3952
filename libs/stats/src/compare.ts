import { type AdjustedMean, predictionError } from './adjusted.js';
import { type ExampleScores, exampleScores, noiseOf, varianceOfDifferences } from './by-example.js';
import { analyse, type Coverage, type Interval, meanInterval } from './crossed.js';
import { type SeedVariances, seedVariances } from './moderated.js';
import type { SeedMeans } from './two-way.js';
import { criticalT, totalVariance, twoSidedP, type VariancePart } from './variance.js';

/** What the two sides had in common: the examples, by which differences are then taken, or their seeds where examples are not known. */
export type Pairing = 'examples' | 'seeds' | 'none';

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

/** What `comparePairs` may be told of the methods. */
export interface Compared {
  /** Whether a method trains nothing, by its position. Default: none. */
  seedless?: readonly boolean[];
  /** What seeds do, where more is known than these methods show. Default: what they show. */
  betweenSeeds?: SeedVariances;
}

/**
 * Compares every two of several methods on one task: the difference of their means, without what the seeds that each happens to have are
 * predicted to do to all methods alike (see `adjustedMeans`). With the same seeds these are the plain means.
 *
 * Its variance has a part of the seeds and one of the examples:
 *
 *     σ₁²/n₁ + σ₂²/n₂ + the error of those predictions + max(Var(D) − N, 0)/E
 *
 * with D the difference on each of E examples, and N what seeds make of the variance of D. From two or three seeds the variance between
 * seeds of a single pair is known so badly that chance alone would call methods different: all methods lend each other strength, whatever
 * seeds they have (see `seedVariances`). Where examples are hard for both, that cancels in D: pairing helps, and nothing depends on it. Of
 * other examples, those of each side have a part of their own.
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
 * @returns one comparison for each pair of which something can be said: (0, 1), (0, 2), …, (1, 2), …
 * @throws RangeError when a method has no run, or examples that `crossedMean` refuses
 *
 * @example
 * comparePairs([[{ seed: 0, examples: [1, 2, 3] }], [{ seed: 0, examples: [0, 2, 2] }]], 0.95)
 * // [{ first: 0, second: 1, difference: { estimate: 0.667, … }, pairing: 'examples', p: 0.184 }]
 */
export function comparePairs(
  methods: readonly (readonly Run[])[],
  confidence: number,
  { seedless = [], betweenSeeds }: Compared = {},
): Comparison[] {
  const known =
    betweenSeeds ?? seedVariances(methods.map((runs, index) => (seedless[index] === true ? [] : seedMeans(runs))));
  const sides = methods.map((runs, index) =>
    sideOf(runs, { isFixed: seedless[index] === true, own: known.own[index] }),
  );
  return sides.flatMap((one, first) =>
    sides.slice(first + 1).flatMap((other, offset): Comparison[] => {
      const tested = difference(one, other, known.shared);
      if (!tested) return [];
      const { pairing, ...of } = tested;
      return [{ first, second: first + 1 + offset, difference: withInterval(of, confidence), pairing, p: pValue(of) }];
    }),
  );
}

/** The mean score of each seed. */
export function seedMeans(runs: readonly Run[]): SeedMeans {
  return runs.map(({ seed, examples }) => ({ seed, value: meanOf(examples) }));
}

/** A method with what is known of it before it is held against others. */
interface Side {
  mean: number;
  seeds: ReadonlySet<number>;
  isFixed: boolean;
  /** Undefined where there is one seed, or nothing is trained. */
  ofSeeds: (AdjustedMean & { seeds: number }) | undefined;
  /** The least that the variance of the mean by seeds can be. */
  rounding: number;
  /** Undefined where each seed is one score, whose examples are not known. */
  scores: ExampleScores | undefined;
}

function sideOf(runs: readonly Run[], { isFixed, own }: { isFixed: boolean; own: SeedVariances['own'][number] }): Side {
  const tables = runs.map(({ examples }) => examples);
  // A single number is left out of every pair.
  if (!isScoreAlone(runs)) analyse(tables);
  const count = runs.length;
  const scores = isScoreAlone(runs) ? undefined : exampleScores(runs, isFixed);
  return {
    mean: isFixed && scores ? meanOf(scores.means) : meanOf(runs.map(({ examples }) => meanOf(examples))),
    seeds: new Set(isFixed ? [] : runs.map(({ seed }) => seed)),
    isFixed,
    ofSeeds: isFixed || count < 2 || !own ? undefined : { ...own, seeds: count },
    rounding: isFixed ? 0 : roundingOf(runs) / count,
    scores,
  };
}

const commonSeeds = (first: Side, second: Side): number[] => [...first.seeds].filter((seed) => second.seeds.has(seed));

/** Undefined where a side is a single number. */
function difference(
  first: Side,
  second: Side,
  shared: SeedVariances['shared'],
): (Tested & { covers: Coverage; pairing: Pairing }) | undefined {
  const sides = [first, second];
  const isKnown = sides.every(({ isFixed, ofSeeds }) => isFixed || ofSeeds);
  const hasExamples = first.scores !== undefined && second.scores !== undefined;
  if (!hasExamples && (!isKnown || sides.every(({ isFixed }) => isFixed))) return undefined;
  const common = commonSeeds(first, second).length;
  const adjustment = (first.ofSeeds?.adjustment ?? 0) - (second.ofSeeds?.adjustment ?? 0);
  const estimate = first.mean - second.mean + (isKnown ? adjustment : 0);
  const isSame = hasExamples && first.scores!.examples === second.scores!.examples;
  const pairing = isSame ? 'examples' : common > 0 ? 'seeds' : 'none';
  const noise = hasExamples && isKnown ? noiseOf(first.scores!, second.scores!) : 0;
  const examples = !hasExamples
    ? []
    : isSame
      ? [examplePart(varianceOfDifferences(first.scores!, second.scores!) - noise, first.scores!)]
      : sides.map(({ scores }) => examplePart(scores!.variance - (isKnown ? scores!.noise : 0), scores!));
  if (!isKnown) return { estimate, parts: examples, covers: 'examples-only', pairing };
  const seeds = seedParts(sides, shared);
  const parts = [...seeds, ...examples];
  const covers = hasExamples ? 'seeds-and-examples' : 'seeds-only';
  // Answers that are right or wrong: neither seeds nor examples seem to vary, though answers do.
  const ofNoise = noise / (first.scores?.examples ?? 1);
  if (seeds.length === 0 || !isSame || totalVariance(parts) > NEGLIGIBLE * ofNoise)
    return { estimate, parts, covers, pairing };
  const rows = Math.min(...sides.flatMap(({ ofSeeds }) => ofSeeds?.seeds ?? []));
  const degreesOfFreedom = (rows - 1) * (first.scores!.examples - 1);
  return { estimate, parts: [{ variance: ofNoise, degreesOfFreedom, seeds: rows }], covers, pairing };
}

/** Share of what answers vary by below which a sum of the others is 0 but for rounding. */
const NEGLIGIBLE = 1e-9;

const examplePart = (variance: number, { examples }: ExampleScores): VariancePart => ({
  variance: Math.max(variance, 0) / examples,
  degreesOfFreedom: examples - 1,
});

/**
 * The part of the variance that seeds make; none where no side was trained. Its degrees of freedom are Satterthwaite's of what the two
 * sides make and of what rests on the variance of what seeds do to all methods alike.
 */
function seedParts(sides: readonly Side[], shared: SeedVariances['shared']): VariancePart[] {
  const own = sides.flatMap(({ ofSeeds }) => ofSeeds ?? []);
  if (own.length === 0) return [];
  const error = predictionError(sides[0]!.ofSeeds, sides[1]!.ofSeeds);
  const total = totalVariance(own) + error.variance;
  // Variances of methods lend each other strength, so that their degrees of freedom are none of two independent estimates.
  const plain = own.map(({ value, degreesOfFreedom, seeds }) => ({ variance: value / seeds, degreesOfFreedom, seeds }));
  const degrees = harmonic(plain, ({ degreesOfFreedom }) => degreesOfFreedom);
  const least = sides.reduce((sum, { rounding }) => sum + rounding, 0);
  return [
    {
      variance: Math.max(total, least),
      degreesOfFreedom:
        error.ofShared === 0
          ? degrees
          : total ** 2 / ((total - error.ofShared) ** 2 / degrees + error.ofShared ** 2 / shared.degreesOfFreedom),
      seeds: harmonic(plain, ({ seeds }) => seeds),
    },
  ];
}

/** Harmonic mean over parts, weighted by their variance. */
function harmonic<P extends VariancePart>(parts: readonly P[], of: (part: P) => number): number {
  const values = parts.map(of);
  const total = totalVariance(parts);
  if (new Set(values).size === 1 || total === 0) return Math.min(...values);
  return total / parts.reduce((sum, { variance }, index) => sum + variance / values[index]!, 0);
}

/** Whether each seed is one score, whose examples are not known. */
const isScoreAlone = ([run]: readonly Run[]): boolean => run?.examples.length === 1;

/** The variance by rounding of a seed's score. */
const roundingOf = (runs: readonly Run[]): number => Math.max(...runs.map(({ rounding = 0 }) => rounding));

function meanOf(examples: ArrayLike<number>): number {
  let sum = 0;
  for (let e = 0; e < examples.length; e++) sum += examples[e]!;
  return sum / examples.length;
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

/** A difference and the parts of its variance. */
interface Tested {
  estimate: number;
  parts: VariancePart[];
  covers: Coverage;
}

function withInterval({ estimate, parts, covers }: Tested, confidence: number): Difference {
  const standardError = Math.sqrt(totalVariance(parts));
  const margin = standardError === 0 ? 0 : criticalT(confidence, parts) * standardError;
  return { estimate, low: estimate - margin, high: estimate + margin, standardError, parts, covers };
}

/**
 * Scores that never vary leave no doubt: equal means get p = 1, different ones p = 0. Where all are at the ends of a known range there is
 * some: see `oppositeEnds`.
 */
function pValue({ estimate, parts }: Tested): number {
  if (totalVariance(parts) === 0) return estimate === 0 ? 1 : 0;
  return twoSidedP(estimate, parts);
}
