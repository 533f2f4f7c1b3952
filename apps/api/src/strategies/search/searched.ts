/** @file A search whose next step depends on results: where configurations come from, and how far each is trained. */
import { type Dropped, droppedReason } from '@rankforge/contracts';
import type { Proposal, SearchSpace, Step, Strategy } from '../strategy.js';
import { begun, type Candidate, candidatesOf, isOpen, type Note, untilOf } from './candidates.js';
import type { Proposer } from './proposer.js';
import { type Schedule, seedsOn } from './schedules.js';
import { cornersOf } from './space.js';

interface Amount {
  trainings: number;
  steps: number;
}

/**
 * Each method of a request is searched by itself, with as many configurations as the others, and is compared with nothing
 * but itself: none is tuned more, and none is cut short because another learns faster at first.
 *
 * It keeps no state: what was asked for is read from the notes on the trainings.
 *
 * @param points what is checked in advance; default: the ends of every axis
 */
export function searched(
  proposer: Proposer,
  schedule: Schedule,
  points: Strategy['points'] = (space) => space.methods.flatMap((method, index) => cornersOf(index, method)),
): Strategy<null> {
  const expected = (space: SearchSpace) =>
    space.methods
      .map((_, method) => expectedOf(space, schedule, proposer.count(space, method)))
      .reduce(add, { trainings: 0, steps: 0 });
  return {
    reads: schedule.races ? 'examples' : 'results',
    extensible: [],
    points,
    size: (space) => {
      const { trainings, steps } = expected(space);
      return { trainings: BigInt(trainings), steps: BigInt(steps) };
    },
    start: () => null,
    step: ({ space, trainings, room }) => {
      const create: Proposal[] = [];
      const stop: Step<null>['stop'][number][] = [];
      let done = true;
      const rungs = {
        endsOf: (number: number, begun: number) => schedule.ends(space, number, begun),
        seedsOn: (ends: readonly number[], rung: number) => seedsOn(space, schedule, ends, rung).length,
      };
      for (const [method, candidates] of candidatesOf(trainings, space, rungs).entries()) {
        const asked = ask({ space, method, proposer, schedule }, candidates, room - create.length);
        create.push(...asked.create);
        if (asked.done) {
          const dropped = schedule.dropped(space, candidates);
          stop.push(...candidates.flatMap((candidate) => leftBehind(space, candidate, dropped.get(candidate.number))));
        }
        done &&= asked.done;
      }
      const reached = new Map(trainings.map(({ ordinal, proposal }) => [ordinal, untilOf(space, proposal)]));
      // Steps of a training are its own: where it goes on, those below were trained before.
      const made = [...trainings.map(({ proposal }) => proposal), ...create]
        .map((proposal) => ({
          trainings: 1,
          steps: untilOf(space, proposal) - (reached.get(proposal.continues!) ?? 0),
        }))
        .reduce(add, { trainings: 0, steps: 0 });
      const all = expected(space);
      const left = (part: keyof Amount) => (done ? 0 : Math.max(0, all[part] - made[part]));
      return {
        state: null,
        create,
        stop,
        remaining: { trainings: left('trainings'), steps: left('steps') },
        done,
      };
    },
  };
}

interface MethodSearch {
  space: SearchSpace;
  method: number;
  proposer: Proposer;
  schedule: Schedule;
}

/**
 * Trainings that one method asks for now: what was begun is asked for to its last seed, then the best go on, and others begin
 * after that.
 */
function ask({ space, method, proposer, schedule }: MethodSearch, known: readonly Candidate[], room: number) {
  const candidates = [...known];
  const create = known.flatMap((candidate) => missing(space, schedule, candidate));
  const put = (candidate: Candidate, proposals: readonly Proposal[]) => {
    create.push(...proposals);
    const at = candidates.findIndex(({ number }) => number === candidate.number);
    candidates.splice(at < 0 ? candidates.length : at, 1, candidate);
  };
  while (create.length < room) {
    const best = schedule.promote(space, candidates);
    const isFull = candidates.filter(isOpen).length >= schedule.parallel(space);
    const point = best ? undefined : isFull ? 'wait' : proposer.next(space, method, candidates);
    const settles = point === 'end' && !candidates.some(isOpen);
    const promotions = best ? [best] : settles ? schedule.finish(space, candidates) : [];
    for (const { candidate, rung, reason } of promotions) {
      put(asked(candidate, rung), proposalsOf(space, schedule, candidate, { rung, reason }));
    }
    if (promotions.length > 0) continue;
    if (point === undefined || typeof point === 'string') {
      return { create, done: point === 'end' && create.length === 0 && !candidates.some(isOpen) };
    }
    const number = candidates.length;
    const candidate: Candidate = { number, point, ends: schedule.ends(space, number), rungs: [] };
    put(asked(candidate, 0), proposalsOf(space, schedule, candidate, { rung: 0 }));
  }
  // Seeds that there is no room for are missing the next time.
  return { create: create.slice(0, Math.max(0, room)), done: false };
}

/** Trainings of a candidate's last rung that there was no room for when it was begun. */
function missing(space: SearchSpace, schedule: Schedule, candidate: Candidate): Proposal[] {
  const rung = candidate.rungs.length - 1;
  const { trainings } = candidate.rungs[rung]!;
  const begun = new Set(trainings.map(({ proposal }) => proposal.seed));
  if (seedsOn(space, schedule, candidate.ends, rung).every((seed) => begun.has(seed))) return [];
  const { reason } = trainings[0]!.proposal.note as Note;
  return proposalsOf(space, schedule, candidate, { rung, ...(reason !== undefined && { reason }) }).filter(
    ({ seed }) => !begun.has(seed),
  );
}

/** Trainings of a candidate that stays on its rung for good, with the reason; none where it reached the last step. */
function leftBehind(space: SearchSpace, { rungs }: Candidate, dropped: Dropped | undefined): Step<null>['stop'] {
  if (!dropped) return [];
  const reason = droppedReason(dropped, space.steps);
  return rungs
    .at(-1)!
    .trainings.flatMap(({ ordinal, state }) => (state === 'SUCCEEDED' ? [{ ordinal, reason, dropped }] : []));
}

/** A candidate with a rung on which its trainings do not exist yet. */
const asked = (candidate: Candidate, rung: number): Candidate => ({
  ...candidate,
  rungs: [...candidate.rungs.slice(0, rung), begun],
});

function proposalsOf(
  space: SearchSpace,
  schedule: Schedule,
  { number, point, ends, rungs }: Candidate,
  to: { rung: number; reason?: string },
): Proposal[] {
  const until = ends[to.rung]!;
  const below = rungs[to.rung - 1]?.trainings;
  const note: Note = { number, rung: to.rung, ...(to.reason === undefined ? {} : { reason: to.reason }) };
  return seedsOn(space, schedule, ends, to.rung).map((seed) => {
    const continues = below?.find(({ proposal }) => proposal.seed === seed)?.ordinal;
    return {
      point,
      seed,
      ...(until < space.steps ? { until } : {}),
      ...(continues === undefined ? {} : { continues }),
      ...(ends.length > 1 ? { stage: `rung ${to.rung + 1} of ${ends.length}` } : {}),
      note,
    };
  });
}

/** Trainings and steps of a method, were each rung left by as many as it has places for. */
function expectedOf(space: SearchSpace, schedule: Schedule, count: number): Amount {
  const ladders = new Map<string, { ends: readonly number[]; count: number }>();
  for (let number = 0; number < count; number++) {
    const ends = schedule.ends(space, number);
    const ladder = ladders.get(ends.join()) ?? { ends, count: 0 };
    ladders.set(ends.join(), { ...ladder, count: ladder.count + 1 });
  }
  return [...ladders.values()]
    .flatMap((ladder) =>
      ladder.ends.map((end, rung): Amount => {
        const reached = Math.floor(ladder.count / schedule.reduction(space) ** rung);
        const seeds = seedsOn(space, schedule, ladder.ends, rung).length;
        const trained = rung > 0 ? seedsOn(space, schedule, ladder.ends, rung - 1).length * ladder.ends[rung - 1]! : 0;
        return { trainings: reached * seeds, steps: reached * (seeds * end - trained) };
      }),
    )
    .reduce(add, { trainings: 0, steps: 0 });
}

const add = (a: Amount, b: Amount): Amount => ({ trainings: a.trainings + b.trainings, steps: a.steps + b.steps });
