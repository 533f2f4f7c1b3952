/** @file Schedulers with rungs: what they share. */
import { type Dropped, type FieldError, groupBy, type Scheduler, type TrainingOptions } from '@rankforge/contracts';
import { nextPromotion, type Raced, type RungResult, race } from '@rankforge/search';
import { identity } from '../points.js';
import type { Candidate } from '../search/candidates.js';
import type { Promotion, Schedule } from '../search/schedules.js';
import type { Point, SearchSpace } from '../strategy.js';

export function promoteWithin(
  space: SearchSpace,
  candidates: readonly Candidate[],
  count: number,
): Promotion | undefined {
  const byNumber = new Map(candidates.map((candidate) => [String(candidate.number), candidate]));
  const rungs = Array.from({ length: count }, (_, rung): RungResult[] =>
    resultsOn(candidates, rung).map(({ number, rungs }) => ({
      trial: String(number),
      value: rungs[rung]!.value!,
      promoted: rungs.length > rung + 1,
    })),
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

/** Candidates with a value on a rung. Those of equal value are put in order by their losses: an accuracy stands still while a loss falls. */
function resultsOn(candidates: readonly Candidate[], rung: number): Candidate[] {
  const known = candidates.filter(({ rungs }) => rungs[rung]?.value !== undefined);
  const lossOf = ({ rungs }: Candidate) => rungs[rung]!.loss;
  return known.toSorted((a, b) => Number(lossOf(a) > lossOf(b)) - Number(lossOf(a) < lossOf(b)));
}

/** A rung of one ladder on which all results are in: who goes on from it, the best first. */
interface Settled {
  /** From 0. */
  rung: number;
  best: Candidate;
  standings: readonly { candidate: Candidate; raced: Raced; place: number }[];
}

/** The rungs of each ladder, the lowest first, but for the last. */
function settledRungs(space: SearchSpace, candidates: readonly Candidate[]): Settled[][] {
  const { direction } = space;
  const { reduction, error } = ladderOf(space);
  const isWhole = ({ ends, rungs }: Candidate) => rungs.length === ends.length && rungs.at(-1)!.value !== undefined;
  return [...groupBy(candidates, ({ ends }) => ends[0]!).values()].map((own) => {
    const wholeElsewhere = candidates.some((candidate) => isWhole(candidate) && !own.includes(candidate));
    return own[0]!.ends.slice(0, -1).flatMap((_, rung): Settled[] => {
      const results = resultsOn(own, rung);
      if (results.length === 0) return [];
      const places = Math.max(Math.floor(results.length / reduction), wholeElsewhere ? 0 : 1);
      const byNumber = new Map(results.map((candidate) => [String(candidate.number), candidate]));
      let next: ReadonlySet<string> | undefined;
      const isNext = (best: string, other: string) => {
        next ??= nextInRate(results, byNumber.get(best)!);
        return next.has(other);
      };
      const raced = race(
        results.map(({ number, rungs }) => ({
          trial: String(number),
          value: rungs[rung]!.value!,
          examples: rungs[rung]!.examples,
        })),
        {
          error,
          looks: own[0]!.ends.length - 1,
          places,
          most: places === 0 ? 0 : Math.max(2, Math.ceil(results.length / 2)),
          direction,
          ...(rung === 0 && { spares: isNext }),
        },
      );
      const standings = raced.map((raced, place) => ({ candidate: byNumber.get(raced.trial)!, raced, place }));
      return [{ rung, best: standings[0]!.candidate, standings }];
    });
  });
}

/** Numbers of the configurations that differ from one in the learning rate alone, with none that was tried between: at most two. */
function nextInRate(tried: readonly Candidate[], { point }: Candidate): Set<string> {
  const restOf = ({ method, values }: Point) => identity({ method, values: { ...values, learningRate: null } });
  const rateOf = (of: Point) => Number(of.values.learningRate);
  const rest = restOf(point);
  const alike = tried.filter((other) => restOf(other.point) === rest);
  const rising = alike.toSorted((a, b) => rateOf(a.point) - rateOf(b.point));
  const place = rising.findIndex((other) => other.point === point);
  return new Set([rising[place - 1], rising[place + 1]].flatMap((other) => (other ? [String(other.number)] : [])));
}

/** What schedulers with rungs do once all results are in. */
export const raced: Pick<Schedule, 'finish' | 'dropped' | 'races'> = {
  races: true,
  finish: (space, candidates) =>
    settledRungs(space, candidates).flatMap((rungs) => {
      const due = rungs.map((settled) => promotionsFrom(settled)).find(({ length }) => length > 0);
      return due ?? [];
    }),
  dropped: (space, candidates) =>
    new Map(settledRungs(space, candidates).flatMap((rungs) => rungs.flatMap((settled) => droppedAt(space, settled)))),
};

function promotionsFrom({ rung, best, standings }: Settled): Promotion[] {
  const count = standings.length;
  return standings.flatMap(({ candidate, raced, place }): Promotion[] => {
    if (!raced.goesOn || candidate.rungs.length > rung + 1) return [];
    const test = `p = ${Number((raced.pValue ?? 1).toPrecision(2))}`;
    const value = (of: Candidate) => Number(of.rungs[rung]!.value!.toPrecision(6));
    const against = `${value(candidate)} against ${value(best)}, ${test}`;
    const reason =
      place === 0
        ? `the best of ${count} on rung ${rung + 1}, as none reached the last step`
        : raced.surely
          ? `next to the best of ${count} on rung ${rung + 1} in learning rate (${against})`
          : `cannot be told from the best of ${count} on rung ${rung + 1} (${against})`;
    return [{ candidate, rung: rung + 1, reason }];
  });
}

function droppedAt(space: SearchSpace, { rung, best, standings }: Settled): [number, Dropped][] {
  const { error } = ladderOf(space);
  return standings.flatMap(({ candidate, raced }): [number, Dropped][] => {
    const { number, ends, rungs } = candidate;
    if (rungs.length > rung + 1) return [];
    const { value, examples } = rungs[rung]!;
    const { pValue, surely } = raced;
    const dropped = {
      rung: rung + 1,
      rungs: ends.length,
      step: ends[rung]!,
      value: value!,
      best: best.rungs[rung]!.value!,
      examples: pValue === null ? null : examples!.length,
      pValue,
      surely,
      error,
    };
    return [[number, dropped]];
  });
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
