import { finalTrialStates, groupBy } from '@rankforge/contracts';
import { selectPerMethod } from '@rankforge/stats';
import { coveringPoints } from './coverage.js';
import { freshSeeds } from './fresh-seeds.js';
import { identity, pointOf } from './points.js';
import { productSize } from './product.js';
import type { Point, Proposal, SearchSpace, Strategy, Training } from './strategy.js';

interface Stages {
  /** Tuning trainings asked for so far; what came after them is read off the trainings. */
  tuned: number;
}

const ended: readonly string[] = finalTrialStates;

/**
 * Every method is tuned by the same number of configurations that cover its own space alike, for the same steps and seeds;
 * what does not fit or fails has had its turn. Where the best of a method has a learning rate on an end of those tried, it is
 * tried beyond, if the protocol says so. The best of each on validation is then trained with fresh seeds. No method waits for
 * another: what is chosen of one depends on its own trainings alone.
 */
export const fair: Strategy<Stages> = {
  reads: 'results',
  extensible: [],
  points: (space) => tuningPoints(space),
  size(space) {
    const tuning = tuningPoints(space).length * space.seeds.length;
    const trainings = BigInt(tuning + space.methods.length * rules(space).finalSeeds);
    return { trainings, steps: trainings * BigInt(space.steps) };
  },
  start: () => ({ tuned: 0 }),
  step({ space, state, room, trainings }) {
    const tuning = tuningPoints(space).flatMap((point) =>
      space.seeds.map((seed): Proposal => ({ point, seed, stage: 'tuning' })),
    );
    const tuned = Math.min(tuning.length, state.tuned + room);
    const create = tuning.slice(state.tuned, tuned);
    const byMethod = groupBy(trainings, ({ proposal }) => proposal.point.method);
    const next = space.methods.map((_, method) =>
      afterTuning(space, tuning.filter(({ point }) => point.method === method).length, byMethod.get(method) ?? []),
    );
    const wanted = turnByTurn(next.map(({ proposals }) => proposals));
    create.push(...wanted.slice(0, room - create.length));
    const later = next.reduce((sum, { left }) => sum + left, 0);
    const left = tuning.length - state.tuned + later - create.length;
    return {
      state: { tuned },
      create,
      stop: [],
      remaining: { trainings: left, steps: left * space.steps },
      done: left === 0,
    };
  },
};

/**
 * Trainings that a method asks for once its tuning has ended: those beyond an edge, then those with fresh seeds.
 *
 * @param tuningTrials how many trainings tune it
 * @param own its trainings so far
 * @returns `left` counts what it will still ask for, these included, as far as it is known
 */
function afterTuning(
  space: SearchSpace,
  tuningTrials: number,
  own: readonly Training[],
): { proposals: readonly Proposal[]; left: number } {
  const { finalSeeds } = rules(space);
  const before = own.filter(({ proposal }) => proposal.stage !== 'final');
  const begun = missing(
    before.filter(({ proposal }) => proposal.stage === 'extension'),
    space.seeds,
  );
  if (begun.length > 0) return { proposals: begun, left: begun.length + finalSeeds };
  if (before.length < tuningTrials || !before.every(({ state }) => ended.includes(state))) {
    return { proposals: [], left: finalSeeds };
  }
  const best = choose(before, space);
  if (!best) return { proposals: [], left: 0 };
  const beyond = beyondEdge(best, space, before);
  if (beyond) {
    const proposals = space.seeds.map((seed): Proposal => ({ point: beyond, seed, stage: 'extension' }));
    return { proposals, left: proposals.length + finalSeeds };
  }
  // A tuning training that was tried again may have changed what is chosen: what was chosen before has its seeds to itself.
  const known = new Set(
    own.flatMap(({ proposal: { stage, seed, point } }) =>
      stage === 'final' && identity(point) === identity(best) ? [seed] : [],
    ),
  );
  const proposals = freshSeeds(space.seeds, finalSeeds)
    .filter((seed) => !known.has(seed))
    .map((seed): Proposal => ({ point: best, seed, stage: 'final' }));
  return { proposals, left: proposals.length };
}

function rules({ protocol }: SearchSpace) {
  if (!protocol) throw new TypeError('a fair protocol needs its rules');
  return protocol;
}

/** Points that tune the methods, turn by turn. */
function tuningPoints(space: SearchSpace): Point[] {
  const { tuningTrials, seed } = rules(space);
  const drawn = space.methods.map(({ axes }, method): Point[] => {
    const lengths = axes.map(({ values }) => values.length);
    const size = Number(productSize(lengths));
    return coveringPoints(lengths, Math.min(tuningTrials, size), seed).map((places) =>
      pointOf(method, axes, ({ values }, axis) => values[places[axis]!]),
    );
  });
  return turnByTurn(drawn);
}

/** The first of each list, then the second of each, so that no method waits for another. */
function turnByTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const turns = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}

/** Seeds of each point that there was no room for when it was first asked for. */
function missing(trainings: readonly Training[], seeds: readonly number[]): Proposal[] {
  return [...groupBy(trainings, ({ proposal }) => identity(proposal.point)).values()].flatMap((group) => {
    const seen = new Set(group.map(({ proposal }) => proposal.seed));
    return seeds.filter((seed) => !seen.has(seed)).map((seed): Proposal => ({ ...group[0]!.proposal, seed }));
  });
}

/**
 * The best configuration of a method with a learning rate beyond all that it was tried with, as far away as the next one on the
 * other side, where it has the smallest or the largest of several; none where the method has had all its extensions.
 */
function beyondEdge(best: Point, space: SearchSpace, own: readonly Training[]): Point | undefined {
  const beyond = own.filter(({ proposal }) => proposal.stage === 'extension').length / space.seeds.length;
  const tried = [...new Set(own.map(({ proposal }) => Number(proposal.point.values.learningRate)))].sort(
    (a, b) => a - b,
  );
  const rate = Number(best.values.learningRate);
  if (beyond >= rules(space).extensions || tried.length < 2) return undefined;
  const next = rate === tried[0] ? tried[1] : rate === tried.at(-1) ? tried.at(-2) : undefined;
  if (next === undefined) return undefined;
  const further = Number(((rate * rate) / next).toPrecision(6));
  return { ...best, values: { ...best.values, learningRate: further } };
}

/** The best configuration among the trainings of one method, by its mean over the seeds that ended well. */
function choose(trainings: readonly Training[], { direction }: SearchSpace): Point | undefined {
  const finished = trainings.flatMap(({ proposal, state, objective }) =>
    state === 'SUCCEEDED' && objective !== null ? [{ ...proposal, objective }] : [],
  );
  const configurations = [...groupBy(finished, ({ point }) => identity(point))].map(([key, group]) => ({
    key,
    method: String(group[0]!.point.method),
    seeds: group.map(({ seed, objective }) => ({ seed, validation: objective })),
    point: group[0]!.point,
  }));
  return selectPerMethod(configurations, direction)[0]?.configuration.point;
}
