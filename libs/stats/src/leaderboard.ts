import { clampTo, oppositeEnds, type Range, rangeOfDifference, withinRange } from './bounded.js';
import { type Comparison, comparePairs, intervalOf, type Pairing, type Run, seedMeans } from './compare.js';
import type { Coverage, Interval } from './crossed.js';
import { pairwise } from './holm.js';
import { groupLetters } from './letters.js';
import { type SeedVariances, seedVariances } from './moderated.js';
import { betterFirst, type Direction } from './order.js';
import { roundingVariance, smallestStep, stepVariance } from './rounding.js';
import type { TestedDifference } from './seeds.js';
import { type Configuration, type Selection, selectPerMethod } from './select.js';
import { agreeing, familyLevel, simultaneousInterval } from './simultaneous.js';

/**
 * How the board's score follows from per-example scores. `mean`: their mean (accuracy from 0 and 1).
 * `exp-mean`: the exponential of their mean (perplexity from the mean negative log-likelihood of each example);
 * intervals are made and tests are run before the exponential.
 */
export type Scale = 'mean' | 'exp-mean';

export interface BoardOptions<C extends Configuration = Configuration> {
  rows: readonly C[];
  /**
   * Configurations that this board leaves out, such as those beyond its budget. Those with test scores say how much seeds do, so that the p
   * of a pair is the same on every board. Default: none
   */
  besides?: readonly Configuration[];
  direction: Direction;
  /** Default `mean`. */
  scale?: Scale;
  /** Values that the score can have, on the board's scale; intervals stay inside. Default: any. */
  range?: Range;
  /** Confidence of every interval; tests use α = 1 − confidence. Default 0.95. */
  confidence?: number;
}

export interface BoardEntry<C extends Configuration = Configuration> extends Selection<C> {
  /** Test score on the board's scale. `standardError` is before the exponential. Absent where `unscored` says why. */
  score?: Interval;
  /** Test score of a single seed without its examples, on the board's scale: it has no interval, and `unscored` says why. */
  single?: number;
  /** Why there is no score, or none with an interval. */
  unscored?: string;
  /** Entries that share a letter cannot be told apart; empty where there is no score. */
  letters: string[];
}

/** A difference of two methods: first minus second, or first divided by second where the scale is `exp-mean`. */
export interface Effect {
  kind: 'difference' | 'ratio';
  estimate: number;
  low: number;
  high: number;
}

export interface BoardPair {
  /** Methods, the one higher on the board first. */
  methods: [string, string];
  /** Its interval is that of this pair alone: it is not adjusted for the number of pairs. */
  effect: Effect;
  /** Interval adjusted for the number of pairs: it leaves out "no difference" exactly where `different` is true. */
  simultaneous: { low: number; high: number };
  /** The difference as it was tested: before the exponential of an `exp-mean`. `furtherSeeds` reads it. */
  tested: TestedDifference;
  pairing: Pairing;
  /**
   * `examples-only` where a side was trained with one seed: such a pair is not tested, since nobody knows how much the seed does.
   * `seeds-only` where a side has scores without their examples: it is tested over seeds alone.
   */
  covers: Coverage;
  /** Two-sided, of what `covers` says. */
  p: number;
  /**
   * Adjusted over the pairs of the board that are tested (see `pairwise`); 1 where this one is not. Where seeds were added after a look it
   * is the smallest of all looks that saw the difference on the same side: what a look told apart stays so.
   */
  adjustedP: number;
  /** The look that `adjustedP` is of: 0 for the seeds before any was added. */
  look: number;
  /** `adjustedP` ≤ α. */
  different: boolean;
}

export interface Board<C extends Configuration = Configuration> {
  confidence: number;
  /** Best test score first; entries without a score last, by validation. */
  entries: BoardEntry<C>[];
  /** Every pair of entries that have a score with an interval, but for those of which nothing can be said: see `comparePairs`. */
  pairs: BoardPair[];
  /** The last look after which a seed was added; 0 where none was. */
  lastLook: number;
  /** The deviation that another seed gives an entry's score, by its position; undefined where nothing says it. Before an exponential. */
  seedDeviation(entry: number): number | undefined;
}

/**
 * The leaderboard of one task and base: per method the configuration chosen on validation, its test score with an
 * interval over seeds and examples, every pair of which enough is known tested (Holm), and letters for the groups that cannot be told apart.
 *
 * @throws RangeError when `confidence` is not between 0 and 1
 *
 * @example
 * leaderboard({ rows: [{ key: 'lora r=4', method: 'lora', seeds: [
 *   { seed: 0, validation: 21.4, test: { examples: nllPerWindow } }] }], direction: 'minimize', scale: 'exp-mean' })
 */
export function leaderboard<C extends Configuration>(options: BoardOptions<C>): Board<C> {
  const { rows, direction, scale = 'mean', confidence = 0.95 } = options;
  const range = rangeOfMean(options.range ?? [null, null], scale);
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`leaderboard: expected confidence between 0 and 1, got ${confidence}`);
  }
  const better = betterFirst(direction);
  const selections = selectPerMethod(rows, direction);
  const all = configurationsOf(options);
  const step = smallestStep(all.flatMap(scoresAlone).map((score) => beforeExponential(score, scale)));
  const entries = selections
    .map((selection): BoardEntry<C> => {
      const runs = testRuns(selection.configuration, { scale, step });
      return { ...selection, ...scored(runs, { confidence, range }), letters: [] };
    })
    .sort((a, b) => better(scoreOf(a), scoreOf(b)) || better(a.validation, b.validation));
  const ranked = entries.filter((entry) => entry.score !== undefined);
  const pairs = boardPairs(ranked, { all, scale, step, confidence, range });
  const position = new Map(ranked.map((entry, index) => [entry.method, index]));
  const letters = groupLetters(
    ranked.length,
    pairs.filter((pair) => pair.different).map(({ methods: [a, b] }) => [position.get(a)!, position.get(b)!]),
  );
  ranked.forEach((entry, index) => {
    entry.letters = letters[index]!;
    if (scale === 'exp-mean') entry.score = exponential(entry.score!);
  });
  for (const entry of entries) if (entry.single !== undefined) entry.single = onBoard(entry.single, scale);
  const known = spreadOf(all, { scale, step });
  const seedDeviation = (index: number) => {
    const own = known.of(entries[index]!.configuration);
    return own && Math.sqrt(own.value);
  };
  const lastLook = Math.max(0, ...ranked.flatMap(({ configuration }) => configuration.seeds.map(lookOf)));
  return { confidence, entries, pairs, lastLook, seedDeviation };
}

/** Every configuration once, in an order that does not depend on which of them the board shows. */
function configurationsOf({ rows, besides = [] }: BoardOptions): Configuration[] {
  const byKey = new Map([...besides, ...rows].map((row) => [JSON.stringify([row.method, row.key]), row]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** What entries are ordered by: the mean on the test split, before an exponential. */
const scoreOf = ({ score, single }: BoardEntry): number => score?.estimate ?? single ?? Number.NaN;

const onBoard = (mean: number, scale: Scale): number => (scale === 'mean' ? mean : exp(mean));

/** The exponential of a number, or the largest number where it is beyond: the interval of two seeds that are far apart reaches there. */
const exp = (mean: number): number => Math.min(Math.exp(mean), Number.MAX_VALUE);

const beforeExponential = (score: number, scale: Scale): number => (scale === 'mean' ? score : Math.log(score));

/** Test scores of a chosen configuration whose examples are not known. */
const scoresAlone = ({ seeds }: Configuration): number[] =>
  seeds.flatMap(({ test }) => (test && 'score' in test ? test.score : []));

/**
 * Runs of a chosen configuration that have been scored on the test split. Where one of them is a score alone, all are, those with examples
 * by their mean.
 *
 * @param options.step in which scores alone come, before an exponential
 */
function testRuns(configuration: Configuration, { scale, step }: { scale: Scale; step: number }): Run[] {
  const alone = scoresAlone(configuration);
  return configuration.seeds.flatMap(({ seed, test }): Run | Run[] => {
    if (!test) return [];
    if ('score' in test) {
      const ofDigits = roundingVariance(alone, scale === 'mean' ? 1 : test.score);
      const rounding = Math.max(ofDigits, stepVariance(step));
      return { seed, examples: [beforeExponential(test.score, scale)], rounding };
    }
    if (alone.length === 0) return { seed, examples: test.examples };
    const sum = Array.from(test.examples).reduce((total, score) => total + score, 0);
    return { seed, examples: [sum / test.examples.length] };
  });
}

/** Whether the runs are scores without their examples. */
const areAlone = (runs: readonly Run[]): boolean => runs.some(({ rounding }) => rounding !== undefined);

/** The range of the mean that the board's scale makes a score of. */
function rangeOfMean(range: Range, scale: Scale): Range {
  if (scale === 'mean') return range;
  const [lowest, highest] = range.map((end) => (end === null || end <= 0 ? null : Math.log(end)));
  return [lowest!, highest!];
}

function scored(
  runs: readonly Run[],
  { confidence, range }: { confidence: number; range: Range },
): Pick<BoardEntry, 'score' | 'single' | 'unscored'> {
  if (runs.length === 0) return { unscored: 'no run of the chosen configuration has been scored on the test split' };
  const diverged = runs.find((run) => !Array.from(run.examples).every(Number.isFinite));
  if (diverged) return { unscored: `the test scores of seed ${diverged.seed} are not all finite` };
  if (areAlone(runs)) {
    if (runs.length > 1) return { score: withinRange(intervalOf(runs, confidence), confidence, range) };
    const why = 'one seed and no scores by example: nothing says how certain its score is';
    return { single: runs[0]!.examples[0]!, unscored: why };
  }
  const sizes = [...new Set(runs.map(({ examples }) => examples.length))];
  if (sizes.length > 1) return { unscored: `the seeds were scored on test splits of ${sizes.join(' and ')} examples` };
  if (sizes[0]! < 2) return { unscored: 'the test split has one example: an interval needs two at least' };
  return { score: withinRange(intervalOf(runs, confidence), confidence, range) };
}

interface PairOptions {
  /** Configurations that say how much seeds do. */
  all: readonly Configuration[];
  scale: Scale;
  step: number;
  confidence: number;
  range: Range;
}

function boardPairs(ranked: readonly BoardEntry[], options: PairOptions): BoardPair[] {
  const { scale, confidence, range } = options;
  const possible = rangeOfDifference(range);
  const looks = [...new Set(ranked.flatMap(({ configuration }) => configuration.seeds.map(lookOf)))].sort(
    (a, b) => a - b,
  );
  const earlier = looks.slice(0, -1).map((look) => {
    const pairs = judgedAt(look, ranked, options);
    return { look, pairs: new Map(pairs.map((pair) => [`${pair.first} ${pair.second}`, pair])) };
  });
  const now = judgedAt(looks.at(-1) ?? 0, ranked, options);
  return now.map((judged) => {
    const { first, second, difference, opposite, pairing, p, tested } = judged;
    const seen = earlier.flatMap(({ look, pairs }) => {
      const then = pairs.get(`${first} ${second}`);
      return then && then.difference.estimate * difference.estimate > 0 ? [{ look, adjustedP: then.adjustedP }] : [];
    });
    const { look, adjustedP } = [...seen, { look: looks.at(-1) ?? 0, adjustedP: judged.adjustedP }].reduce(
      (least, each) => (each.adjustedP < least.adjustedP ? each : least),
    );
    const different = adjustedP <= 1 - confidence;
    const together = opposite
      ? agreeing(opposite.at(familyLevel(confidence, tested)), different)
      : simultaneousInterval(difference, tested, confidence, different);
    const { low, high } = effect(clampTo(together, possible), scale);
    return {
      methods: [ranked[first]!.method, ranked[second]!.method],
      effect: effect(clampTo(opposite?.at(confidence) ?? difference, possible), scale),
      simultaneous: { low, high },
      tested: difference,
      pairing,
      covers: difference.covers,
      p,
      adjustedP,
      look,
      different,
    };
  });
}

const lookOf = ({ look = 0 }: { look?: number }): number => look;

interface JudgedPair extends Comparison {
  adjustedP: number;
  opposite: ReturnType<typeof oppositeEnds>;
  /** Pairs that were tested beside it. */
  tested: number;
}

/** Pairs by the seeds that a look at the board had. */
function judgedAt(
  look: number,
  ranked: readonly BoardEntry[],
  { all, scale, step, confidence, range }: PairOptions,
): JudgedPair[] {
  const seen = (configuration: Configuration): Configuration => ({
    ...configuration,
    seeds: configuration.seeds.filter((seed) => lookOf(seed) <= look),
  });
  const shown = ranked.map(({ configuration }) => seen(configuration));
  const runs = shown.map((configuration) => testRuns(configuration, { scale, step }));
  const there = runs.flatMap((of, index) => (of.length > 0 ? [index] : []));
  const known = spreadOf(all.map(seen), { scale, step });
  const comparisons = comparePairs(
    there.map((index) => runs[index]!),
    confidence,
    {
      seedless: there.map((index) => shown[index]!.seedless === true),
      betweenSeeds: { own: there.map((index) => known.of(shown[index]!)), shared: known.shared },
    },
  ).map((comparison) => {
    const [first, second] = [there[comparison.first]!, there[comparison.second]!];
    const opposite = oppositeEnds(ranked[first]!.score!, ranked[second]!.score!, range);
    return { ...comparison, first, second, p: opposite?.p ?? comparison.p, opposite };
  });
  const tested = comparisons.filter(({ difference }) => difference.covers !== 'examples-only');
  const adjusted = pairwise(
    tested.map(({ p }) => p),
    there.length,
  );
  const of = new Map(tested.map((comparison, index) => [comparison, adjusted[index]!]));
  return comparisons.map((comparison) => ({
    ...comparison,
    adjustedP: of.get(comparison) ?? 1,
    tested: Math.max(1, tested.length),
  }));
}

/** What seeds do to the scores of configurations, by all that have been scored. */
function spreadOf(
  all: readonly Configuration[],
  options: { scale: Scale; step: number },
): { of(configuration: Configuration): SeedVariances['own'][number]; shared: SeedVariances['shared'] } {
  const trained = all.filter(({ seedless }) => seedless !== true);
  const runs = trained.map((configuration) => testRuns(configuration, options));
  const isScored = runs.map((of) => 'score' in scored(of, { confidence: 0.95, range: [null, null] }));
  const { own, shared } = seedVariances(runs.map((of, index) => (isScored[index] ? seedMeans(of) : [])));
  const place = new Map(trained.map(({ method, key }, index) => [JSON.stringify([method, key]), index]));
  return { shared, of: ({ method, key }) => own[place.get(JSON.stringify([method, key])) ?? -1] };
}

function effect({ estimate, low, high }: Pick<Interval, 'estimate' | 'low' | 'high'>, scale: Scale): Effect {
  return scale === 'mean'
    ? { kind: 'difference', estimate, low, high }
    : { kind: 'ratio', estimate: exp(estimate), low: exp(low), high: exp(high) };
}

function exponential(interval: Interval): Interval {
  return {
    ...interval,
    estimate: exp(interval.estimate),
    low: exp(interval.low),
    high: exp(interval.high),
  };
}
