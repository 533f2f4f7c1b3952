/** @file How far each configuration of a method is trained, by what is known of the others of that method. */
import { bracketOf, hyperband, nextPromotion, type RungResult, rungSteps } from '@rankforge/search';
import type { SearchSpace } from '../strategy.js';
import type { Candidate } from './candidates.js';

/** A configuration that goes on from its rung to the next. */
export interface Promotion {
  candidate: Candidate;
  /** The rung it goes on to. */
  rung: number;
  /** What it was compared with, in words. */
  reason: string;
}

export interface Schedule {
  /** Steps at which the rungs of a method's `number`-th configuration end; the last is that of a whole training. */
  ends(space: SearchSpace, number: number): readonly number[];
  /** The next configuration to go on, if one may. */
  promote(space: SearchSpace, candidates: readonly Candidate[]): Promotion | undefined;
  /**
   * Once none begins and none may go on: the best of the highest rung, where too few were tried for any to reach the last
   * step. So there is a whole training of each method that has a result at all.
   */
  finish(space: SearchSpace, candidates: readonly Candidate[]): Promotion | undefined;
  /** One of so many goes on from a rung. */
  reduction(space: SearchSpace): number;
  /** Configurations of a method that may train at once, so that the best go on before all have begun. */
  parallel(space: SearchSpace): number;
}

/** Every configuration is trained whole. */
export const whole: Schedule = {
  ends: ({ steps }) => [steps],
  promote: () => undefined,
  finish: () => undefined,
  reduction: () => 1,
  parallel: () => Number.POSITIVE_INFINITY,
};

/** ASHA: one ladder of rungs for all. */
export const asha: Schedule = {
  ends: (space) => rungSteps(ladderOf(space)),
  finish: (space, candidates) => finishBest(space, candidates, () => rungSteps(ladderOf(space)).length),
  promote: (space, candidates) => promoteWithin(space, candidates, rungSteps(ladderOf(space)).length),
  reduction: (space) => ladderOf(space).reduction,
  parallel: (space) => ladderOf(space).parallel,
};

/** Hyperband: configurations are dealt to brackets, each an ASHA that begins on a higher rung than the one before. */
export const hyperbandSchedule: Schedule = {
  ends: (space, number) => {
    const brackets = hyperband(ladderOf(space));
    return brackets[bracketOf(number, brackets)]!.ends;
  },
  finish: (space, candidates) => {
    const brackets = hyperband(ladderOf(space));
    return finishBest(space, candidates, (number) => brackets[bracketOf(number, brackets)]!.ends.length);
  },
  promote: (space, candidates) => {
    const brackets = hyperband(ladderOf(space));
    for (const [index, { ends }] of brackets.entries()) {
      const own = candidates.filter(({ number }) => bracketOf(number, brackets) === index);
      const promotion = promoteWithin(space, own, ends.length);
      if (promotion) return promotion;
    }
    return undefined;
  },
  reduction: (space) => ladderOf(space).reduction,
  parallel: (space) => ladderOf(space).parallel,
};

function promoteWithin(space: SearchSpace, candidates: readonly Candidate[], count: number): Promotion | undefined {
  const byNumber = new Map(candidates.map((candidate) => [String(candidate.number), candidate]));
  const rungs = Array.from({ length: count }, (_, rung): RungResult[] =>
    candidates.flatMap(({ number, rungs }) => {
      const value = rungs[rung]?.value;
      return value === undefined ? [] : [{ trial: String(number), value, promoted: rungs.length > rung + 1 }];
    }),
  );
  const promoted = nextPromotion(rungs, ladderOf(space).reduction, space.direction);
  if (!promoted) return undefined;
  const { results, places, threshold } = promoted.standing;
  return {
    candidate: byNumber.get(promoted.trial)!,
    rung: promoted.rung + 1,
    reason: `among the best ${places} of ${results} on rung ${promoted.rung + 1} (${threshold} or better)`,
  };
}

function finishBest(
  { direction }: SearchSpace,
  candidates: readonly Candidate[],
  rungsOf: (number: number) => number,
): Promotion | undefined {
  const isWhole = ({ number, rungs }: Candidate) =>
    rungs.length === rungsOf(number) && rungs.at(-1)!.value !== undefined;
  if (candidates.some(isWhole)) return undefined;
  const left = candidates.filter(({ rungs }) => rungs.at(-1)!.value !== undefined);
  const toGo = ({ number, rungs }: Candidate) => rungsOf(number) - rungs.length;
  const highest = left.filter((candidate) => toGo(candidate) === Math.min(...left.map(toGo)));
  const lossOf = ({ rungs }: Candidate) => (direction === 'minimize' ? 1 : -1) * rungs.at(-1)!.value!;
  const [best] = highest.toSorted((a, b) => lossOf(a) - lossOf(b));
  if (!best) return undefined;
  const rung = best.rungs.length;
  return {
    candidate: best,
    rung,
    reason: `the best of ${highest.length} on rung ${rung}, as none reached the last step`,
  };
}

function ladderOf({ scheduler, steps }: SearchSpace) {
  if (scheduler?.kind !== 'asha' && scheduler?.kind !== 'hyperband') {
    throw new TypeError(`a scheduler with rungs, got ${scheduler?.kind}`);
  }
  return { ...scheduler, maxSteps: steps };
}
