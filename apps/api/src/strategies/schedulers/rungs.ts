/** @file Schedulers with rungs: what they share. */
import type { FieldError, Scheduler, TrainingOptions } from '@rankforge/contracts';
import { nextPromotion, type RungResult } from '@rankforge/search';
import type { Candidate } from '../search/candidates.js';
import type { Promotion } from '../search/schedules.js';
import type { SearchSpace } from '../strategy.js';

export function promoteWithin(
  space: SearchSpace,
  candidates: readonly Candidate[],
  count: number,
): Promotion | undefined {
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

export function finishBest({ direction }: SearchSpace, candidates: readonly Candidate[]): Promotion | undefined {
  const isWhole = ({ ends, rungs }: Candidate) => rungs.length === ends.length && rungs.at(-1)!.value !== undefined;
  if (candidates.some(isWhole)) return undefined;
  const left = candidates.filter(({ rungs }) => rungs.at(-1)!.value !== undefined);
  const toGo = ({ ends, rungs }: Candidate) => ends.length - rungs.length;
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

type WithRungs = Extract<Scheduler, { minSteps: number }>;
export type Ladder = WithRungs & { maxSteps: number };

function withRungs(scheduler: Scheduler | undefined): WithRungs {
  if (scheduler && 'minSteps' in scheduler) return scheduler;
  throw new TypeError(`a scheduler with rungs, got ${scheduler?.kind}`);
}

/** The ladder of a sweep's scheduler, up to a whole training. */
export const ladderOf = ({ scheduler, steps }: SearchSpace): Ladder => ({ ...withRungs(scheduler), maxSteps: steps });

/** Rungs must lie below a whole training, and be more than one. */
export function checkRungs(
  asked: Scheduler,
  { steps }: TrainingOptions,
  count: (ladder: Ladder) => number,
): FieldError | undefined {
  const scheduler = withRungs(asked);
  const { minSteps } = scheduler;
  const wrong = (message: string) => ({ path: '/scheduler/minSteps', message });
  if (minSteps >= steps) return wrong(`must be less than the ${steps} steps of a whole training, got ${minSteps}`);
  if (count({ ...scheduler, maxSteps: steps }) >= 2) return undefined;
  return wrong(`there is one rung only between ${minSteps} and ${steps} steps: take a smaller minSteps or reduction`);
}
