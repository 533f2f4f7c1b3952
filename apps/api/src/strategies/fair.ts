import { finalTrialStates } from '@rankforge/contracts';
import { selectPerMethod } from '@rankforge/stats';
import { groupBy } from '../platform/group-by.js';
import { coveringPoints } from './coverage.js';
import { productSize } from './product.js';
import type { Point, Proposal, SearchSpace, Strategy, Training } from './strategy.js';

interface Stages {
  /** Tuning trainings asked for so far. */
  tuned: number;
  /** Trainings beyond the edges asked for so far, and those to be asked for when there is room. */
  extended?: number;
  pending?: readonly Proposal[];
  /** Once tuning has ended: the configurations of the final stage, and its trainings asked for so far. */
  final?: { chosen: readonly Point[]; next: number };
}

const seedLimit = 2 ** 31;

/**
 * Every method is tuned by the same number of configurations that cover its own space alike, for the same steps and seeds;
 * what does not fit or fails has had its turn. Where the best of a method has a learning rate on an end of those tried, it is
 * tried beyond, if the protocol says so. The best of each on validation is then trained with fresh seeds.
 */
export const fair: Strategy<Stages> = {
  reads: 'results',
  extensible: [],
  points: (space) => tuningPoints(space),
  size(space) {
    const { tuningTrials, finalSeeds } = rules(space);
    const trainings = BigInt(space.methods.length) * BigInt(tuningTrials * space.seeds.length + finalSeeds);
    return { trainings, steps: trainings * BigInt(space.steps) };
  },
  start: () => ({ tuned: 0 }),
  step({ space, state, room, trainings }) {
    const points = tuningPoints(space);
    const total = points.length * space.seeds.length;
    const finals = space.methods.length * rules(space).finalSeeds;
    if (state.tuned < total) {
      const end = Math.min(total, state.tuned + room);
      const create = Array.from({ length: end - state.tuned }, (_, index): Proposal => {
        const next = state.tuned + index;
        const point = points[Math.floor(next / space.seeds.length)]!;
        return { point, seed: space.seeds[next % space.seeds.length]!, stage: 'tuning' };
      });
      const left = total - end + finals;
      return {
        state: { tuned: end },
        create,
        stop: [],
        remaining: { trainings: left, steps: left * space.steps },
        done: false,
      };
    }
    const extended = state.extended ?? 0;
    const ended = tuningEnded(trainings, total + extended);
    const beyond = state.pending?.length
      ? state.pending
      : ended && !state.final
        ? beyondEdges(space, trainings).flatMap((point) =>
            space.seeds.map((seed): Proposal => ({ point, seed, stage: 'extension' })),
          )
        : [];
    if (beyond.length > 0) {
      const create = beyond.slice(0, room);
      const pending = beyond.slice(room);
      const left = pending.length + finals;
      return {
        state: { ...state, extended: extended + create.length, pending },
        create,
        stop: [],
        remaining: { trainings: left, steps: left * space.steps },
        done: false,
      };
    }
    const final = state.final ?? (ended && { chosen: choose(trainings, space), next: 0 });
    if (!final) {
      const remaining = { trainings: finals, steps: finals * space.steps };
      return { state, create: [], stop: [], remaining, done: false };
    }
    const all = freshSeeds(space).flatMap((seed) => final.chosen.map((point) => ({ point, seed, stage: 'final' })));
    const next = Math.min(all.length, final.next + room);
    const left = all.length - next;
    return {
      state: { ...state, final: { ...final, next } },
      create: all.slice(final.next, next),
      stop: [],
      remaining: { trainings: left, steps: left * space.steps },
      done: left === 0,
    };
  },
};

function tuningEnded(trainings: readonly Training[], total: number): boolean {
  const ended: readonly string[] = finalTrialStates;
  return trainings.length >= total && trainings.every(({ state }) => ended.includes(state));
}

function rules({ protocol }: SearchSpace) {
  if (!protocol) throw new TypeError('a fair protocol needs its rules');
  return protocol;
}

/** Points of the methods turn by turn, so that none waits for another. */
function tuningPoints(space: SearchSpace): Point[] {
  const { tuningTrials, seed } = rules(space);
  const drawn = space.methods.map(({ axes }, method): Point[] => {
    const lengths = axes.map(({ values }) => values.length);
    const size = Number(productSize(lengths));
    return coveringPoints(lengths, Math.min(tuningTrials, size), seed).map((places) => ({
      method,
      values: axes.map(({ values }, axis) => values[places[axis]!]),
    }));
  });
  return Array.from({ length: tuningTrials }, (_, turn) => drawn.flatMap((points) => points[turn] ?? [])).flat();
}

/**
 * The best configuration of each method with a learning rate beyond all that it was tried with, as far away as the next one
 * on the other side, where it has the smallest or the largest of several; none for a method that has had all its extensions.
 */
function beyondEdges(space: SearchSpace, trainings: readonly Training[]): Point[] {
  const { extensions } = rules(space);
  if (extensions === 0) return [];
  return choose(trainings, space).flatMap((best) => {
    const axis = space.methods[best.method]!.axes.findIndex(({ name }) => name === 'learningRate');
    const own = trainings.filter(({ proposal }) => proposal.point.method === best.method);
    const beyond = own.filter(({ proposal }) => proposal.stage === 'extension').length / space.seeds.length;
    const tried = [...new Set(own.map(({ proposal }) => Number(proposal.point.values[axis])))].sort((a, b) => a - b);
    const rate = Number(best.values[axis]);
    if (beyond >= extensions || tried.length < 2) return [];
    const next = rate === tried[0] ? tried[1] : rate === tried.at(-1) ? tried.at(-2) : undefined;
    if (next === undefined) return [];
    const further = Number(((rate * rate) / next).toPrecision(6));
    return [{ ...best, values: best.values.map((value, index) => (index === axis ? further : value)) }];
  });
}

/** The best configuration of each method, by its mean over the seeds that ended well. */
function choose(trainings: readonly Training[], { direction, methods }: SearchSpace): Point[] {
  const finished = trainings.flatMap(({ proposal, state, objective }) =>
    state === 'SUCCEEDED' && objective !== null ? [{ ...proposal, objective }] : [],
  );
  const configurations = [...groupBy(finished, ({ point }) => JSON.stringify(point))].map(([key, group]) => {
    const { point } = group[0]!;
    const { method, optimizer } = methods[point.method]!;
    const seeds = group.map(({ seed, objective }) => ({ seed, validation: objective }));
    return { key, method: `${method}/${optimizer}`, seeds, point };
  });
  return selectPerMethod(configurations, direction).map(({ configuration }) => configuration.point);
}

/** Seeds after the largest of the tuning, from 0 where there are no more. */
function freshSeeds(space: SearchSpace): number[] {
  const used = new Set(space.seeds);
  const fresh: number[] = [];
  for (let seed = (Math.max(...space.seeds) + 1) % seedLimit; fresh.length < rules(space).finalSeeds; ) {
    if (!used.has(seed)) fresh.push(seed);
    seed = (seed + 1) % seedLimit;
  }
  return fresh;
}
