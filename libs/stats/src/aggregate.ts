import fCdf from '@stdlib/stats-base-dists-f-cdf';
import studentizedRange from '@stdlib/stats-base-dists-studentized-range-quantile';
import { groupLetters } from './letters.js';
import { betterFirst, type Direction } from './order.js';

/** Scores of one task and base, by contender. A score that is not finite stands behind all others. */
export interface TaskScores {
  direction: Direction;
  scores: ReadonlyMap<string, number>;
}

export interface RankedContender {
  name: string;
  /** Mean over tasks of the rank there: 1 is best, ties share the mean of their ranks. */
  meanRank: number;
  /** On each task, in the order given. */
  ranks: number[];
  /** Contenders that share a letter differ by less than the critical difference; empty where there is none. */
  letters: string[];
}

export interface MeanRanks {
  /** Best mean rank first. Only contenders that have a score on every task. */
  contenders: RankedContender[];
  /** Contenders without a score on some task, and on which (indices). They are not ranked. */
  missing: { name: string; tasks: number[] }[];
  /** Absent with fewer than two tasks or two contenders, where no test can be made. */
  test?: {
    /** Friedman's statistic, corrected for ties. */
    chiSquared: number;
    /** Iman and Davenport's F of it; infinite where every task ranks alike. */
    f: number;
    /** The p of F, but no smaller than the chance `k!^(1−N)` that N rankings drawn at random are all alike. */
    p: number;
    /** Two mean ranks that differ by at least so much differ at level α (Nemenyi). */
    criticalDifference: number;
  };
}

/**
 * Which contender ranks best over several tasks, and which differences of mean rank are more than chance: Friedman's test
 * in the form of Iman and Davenport, then Nemenyi's critical difference `q_α·√(k(k+1)/(6N))` for k contenders on N tasks.
 * Letters are given only where the first test rejects; otherwise all share one.
 *
 * Source: Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7 (2006).
 *
 * @throws RangeError when `alpha` is not between 0 and 1
 *
 * @example
 * meanRanks([{ direction: 'minimize', scores: new Map([['lora', 21.4], ['dora', 21.1]]) }], 0.05)
 *   .contenders[0] // { name: 'dora', meanRank: 1, ranks: [1], letters: [] }
 */
export function meanRanks(tasks: readonly TaskScores[], alpha: number): MeanRanks {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`meanRanks: expected alpha between 0 and 1, got ${alpha}`);
  const names = [...new Set(tasks.flatMap(({ scores }) => [...scores.keys()]))];
  const lacking = (name: string) => tasks.flatMap(({ scores }, index) => (scores.has(name) ? [] : [index]));
  const missing = names
    .map((name) => ({ name, tasks: lacking(name) }))
    .filter(({ tasks: absent }) => absent.length > 0);
  const full = names.filter((name) => lacking(name).length === 0);
  const perTask = tasks.map(({ direction, scores }) =>
    averageRanks(
      full.map((name) => scores.get(name)!),
      direction,
    ),
  );
  const contenders = full
    .map((name, index): RankedContender => {
      const ranks = perTask.map((ranked) => ranked[index]!);
      return { name, ranks, meanRank: ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length, letters: [] };
    })
    .sort((a, b) => a.meanRank - b.meanRank);
  if (tasks.length < 2 || contenders.length < 2) return { contenders, missing };
  const test = friedman(contenders, tasks.length, alpha);
  const letters = groupLetters(
    contenders.length,
    test.p <= alpha ? pairsApart(contenders, test.criticalDifference) : [],
  );
  return { contenders: contenders.map((one, index) => ({ ...one, letters: letters[index]! })), missing, test };
}

function averageRanks(scores: readonly number[], direction: Direction): number[] {
  const better = betterFirst(direction);
  return scores.map((score) => {
    const before = scores.filter((other) => better(other, score) < 0).length;
    const level = scores.filter((other) => better(other, score) === 0).length;
    return before + (level + 1) / 2;
  });
}

function friedman(
  contenders: readonly RankedContender[],
  tasks: number,
  alpha: number,
): NonNullable<MeanRanks['test']> {
  const k = contenders.length;
  const between = contenders.reduce((sum, { meanRank }) => sum + (meanRank - (k + 1) / 2) ** 2, 0) * tasks;
  const within =
    contenders.reduce((sum, { ranks }) => sum + ranks.reduce((own, rank) => own + (rank - (k + 1) / 2) ** 2, 0), 0) /
    (tasks * (k - 1));
  // Ties everywhere leave nothing to test.
  const chiSquared = within === 0 ? 0 : between / within;
  const left = tasks * (k - 1) - chiSquared;
  const f = left <= 1e-12 * chiSquared ? Number.POSITIVE_INFINITY : ((tasks - 1) * chiSquared) / left;
  return {
    chiSquared,
    f,
    p: Math.max(1 - fCdf(f, k - 1, (k - 1) * (tasks - 1)), factorial(k) ** (1 - tasks)),
    criticalDifference:
      studentizedRange(1 - alpha, k, Number.POSITIVE_INFINITY) * Math.sqrt((k * (k + 1)) / (12 * tasks)),
  };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function pairsApart(contenders: readonly RankedContender[], criticalDifference: number): [number, number][] {
  return contenders.flatMap((a, i) =>
    contenders.flatMap((b, j): [number, number][] =>
      j > i && b.meanRank - a.meanRank >= criticalDifference ? [[i, j]] : [],
    ),
  );
}
