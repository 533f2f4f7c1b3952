/** @file Scores of trials on the same examples: who has which right, and where they are furthest apart. */
import type { ExampleComparison, ExamplePair, WhichExamples } from '@rankforge/contracts';
import { holm, mcnemar } from '@rankforge/stats';
import type { Task } from '@rankforge/tasks';

type Scores = readonly (number | null)[];
type Metric = Task['primaryMetric'];

export interface ScoredTrial {
  id: string;
  scoringId: string;
  /** The trial that left the files of the scoring. */
  keeperId: string;
  /** A score of each example; null is no number. */
  scores: Scores;
}

/** A choice of examples, and by whose lead they are sorted. */
export interface ChosenExamples {
  which?: WhichExamples | undefined;
  /** The place of a trial. */
  ahead?: number | undefined;
}

interface Compared extends Pick<ExampleComparison, 'examples' | 'differ' | 'patterns' | 'pairs' | 'trials'> {
  /** Places of the examples that are asked for, sorted. */
  places: number[];
}

/**
 * Compares trials on the examples of a split.
 *
 * @param trials two or more, with as many scores each
 * @throws RangeError for a choice by who is right where scores are not right or wrong, and for a pattern of other trials
 */
export function compareScores(
  trials: readonly ScoredTrial[],
  metric: Metric,
  { which, ahead }: ChosenExamples,
): Compared {
  const examples = trials[0]!.scores.length;
  /** The greater the better; no number is the worst. */
  const merit = trials.map(({ scores }) =>
    Float64Array.from(scores, (score) =>
      score === null ? Number.NEGATIVE_INFINITY : metric.direction === 'maximize' ? score : -score,
    ),
  );
  const of = (place: number) => merit.map((own) => own[place]!);
  const all = Array.from({ length: examples }, (_, place) => place);
  const isRightOrWrong = metric.direction === 'maximize' && merit.every((own) => own.every((m) => m === 0 || m === 1));
  const pattern = (place: number) => of(place).join('');
  const differs = (place: number) => new Set(of(place)).size > 1;
  const chosen = all.filter(chooser(which, { isRightOrWrong, trials: trials.length, pattern, differs }));
  const key = ahead === undefined ? apart : (values: readonly number[]) => lead(values, ahead);
  const keys = new Map(chosen.map((place) => [place, key(of(place))]));
  return {
    examples,
    differ: all.filter(differs).length,
    trials: trials.map(({ id, scoringId, scores }) => ({ id, scoringId, score: metricValue(scores, metric) })),
    patterns: isRightOrWrong ? countPatterns(all.map(pattern)) : null,
    pairs: pairsOf(merit, isRightOrWrong),
    places: chosen.toSorted((a, b) => compare(keys.get(b)!, keys.get(a)!) || a - b),
  };
}

interface Choosing {
  isRightOrWrong: boolean;
  trials: number;
  pattern(place: number): string;
  differs(place: number): boolean;
}

function chooser(
  which: WhichExamples | undefined,
  { isRightOrWrong, trials, pattern, differs }: Choosing,
): (place: number) => boolean {
  if (which === undefined) return () => true;
  if (which === 'differ') return differs;
  if (!isRightOrWrong)
    throw new RangeError(`scores are not right or wrong, so that "${which}" chooses none: ask for differ`);
  const wanted = which === 'right' ? '1'.repeat(trials) : which === 'wrong' ? '0'.repeat(trials) : which;
  if (wanted.length !== trials) {
    throw new RangeError(`the pattern "${which}" is of ${which.length} trials, and ${trials} were scored`);
  }
  return (place) => pattern(place) === wanted;
}

/** Between numbers that may be infinite. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** The distance between the best and the worst. */
const apart = (values: readonly number[]): number => distance(Math.max(...values), Math.min(...values));

/** The distance by which one is ahead of the best other. */
const lead = (values: readonly number[], place: number): number =>
  distance(values[place]!, Math.max(...values.filter((_, other) => other !== place)));

/** Two that are no numbers are no distance apart. */
const distance = (a: number, b: number): number => (a === b ? 0 : a - b);

function countPatterns(patterns: readonly string[]): { pattern: string; examples: number }[] {
  const counts = new Map<string, number>();
  for (const pattern of patterns) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  return [...counts]
    .map(([pattern, examples]) => ({ pattern, examples }))
    .sort((a, b) => b.examples - a.examples || (a.pattern < b.pattern ? 1 : -1));
}

function pairsOf(merit: readonly Float64Array[], isRightOrWrong: boolean): ExamplePair[] {
  const pairs = merit.flatMap((first, a) =>
    merit.slice(a + 1).map((second, offset): ExamplePair => {
      const count = (holds: (one: number, other: number) => boolean) =>
        first.reduce((sum, one, place) => sum + Number(holds(one, second[place]!)), 0);
      const aAhead = count((one, other) => one > other);
      const bAhead = count((one, other) => one < other);
      return {
        ...{ a, b: a + 1 + offset, aAhead, bAhead, equal: first.length - aAhead - bAhead },
        bothRight: isRightOrWrong ? count((one, other) => one === 1 && other === 1) : null,
        pValue: isRightOrWrong ? mcnemar(aAhead, bAhead) : null,
        adjustedPValue: null,
      };
    }),
  );
  if (!isRightOrWrong) return pairs;
  const adjusted = holm(pairs.map(({ pValue }) => pValue!));
  return pairs.map((pair, at) => ({ ...pair, adjustedPValue: adjusted[at]! }));
}

/** The metric from the scores of examples; null where one is no number. */
function metricValue(scores: Scores, { scale }: Metric): number | null {
  const mean = scores.reduce<number>((sum, score) => sum + (score ?? Number.NaN), 0) / scores.length;
  const value = scale === 'exp-mean' ? Math.exp(mean) : mean;
  return Number.isFinite(value) ? value : null;
}
