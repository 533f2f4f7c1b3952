import { finalTrialStates } from '@rankforge/contracts';
import { selectPerMethod } from '@rankforge/stats';
import { groupBy } from '../../platform/group-by.js';
import { sampleIndices } from '../../sweeps/product.js';
import { gridPoint, gridSize } from './points.js';
import type { Point, Proposal, SearchSpace, Strategy, Training } from './strategy.js';

interface Stages {
  /** Tuning trainings asked for so far. */
  tuned: number;
  /** Once tuning has ended: the configurations of the final stage, and its trainings asked for so far. */
  final?: { chosen: readonly Point[]; next: number };
}

const seedLimit = 2 ** 31;

/**
 * Every method is tuned by the same number of configurations drawn from its own space, for the same steps and seeds; what
 * does not fit or fails has had its turn. The best of each on validation is then trained with fresh seeds.
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
    const final = state.final ?? (tuningEnded(trainings, total) && { chosen: choose(trainings, space), next: 0 });
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

/** Draws of the methods turn by turn, so that none waits for another. */
function tuningPoints(space: SearchSpace): Point[] {
  const { tuningTrials, seed } = rules(space);
  const drawn = space.methods.map((each, method) => {
    const own = { methods: [each] };
    return sampleIndices(gridSize(own), tuningTrials, seed).map((index) => ({ ...gridPoint(own, index), method }));
  });
  return Array.from({ length: tuningTrials }, (_, turn) => drawn.flatMap((points) => points[turn] ?? [])).flat();
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
