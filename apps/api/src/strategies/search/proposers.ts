/** @file Where the configurations of a search come from. */
import { randomSampler, type Sampler, seededDraws, sobolSampler, tpeSampler } from '@rankforge/search';
import { productSize } from '../product.js';
import type { Point, SearchMethod, SearchSpace, Strategy } from '../strategy.js';
import { type Candidate, isOpen, outcomeOf } from './candidates.js';
import { identity, spaceOf, toConfiguration, toSearchPoint } from './space.js';

/**
 * The next configuration of a method after those that were asked for: `wait` until more is known of those, `end` where
 * there is none.
 */
export interface Proposer {
  next(space: SearchSpace, method: number, candidates: readonly Candidate[]): Point | 'wait' | 'end';
  /** Configurations of a method in all. */
  count(space: SearchSpace, method: number): number;
}

/** Configurations that a strategy lists whatever is found. */
export function listed(strategy: Pick<Strategy, 'points'>): Proposer {
  const lists = new WeakMap<SearchSpace, Point[][]>();
  const listsOf = (space: SearchSpace) => {
    const known = lists.get(space) ?? space.methods.map((): Point[] => []);
    if (!lists.has(space)) for (const point of strategy.points(space)) known[point.method]!.push(point);
    lists.set(space, known);
    return known;
  };
  return {
    next: (space, method, candidates) => listsOf(space)[method]![candidates.length] ?? 'end',
    count: (space, method) => listsOf(space)[method]!.length,
  };
}

/** Points spread evenly, whatever is found. */
export const sobol: Proposer = {
  count: countOf,
  next: (space, method, candidates) => {
    const { seed } = sampled(space);
    return fresh(space, method, candidates, sobolSampler, (number, attempt) =>
      attempt === 0
        ? seededDraws(`${seed}/${method}`, 'sobol')
        : seededDraws(`${seed}/${method}`, `${number}/${attempt}`),
    );
  },
};

/**
 * TPE. The suggestion of a configuration is told of those that are at least `parallel` before it, and waits for them;
 * later ones count as running even where they have ended. So it follows from seed and results alone, and not from which
 * worker was faster.
 */
export const tpe: Proposer = {
  count: countOf,
  next: (space, method, candidates) => {
    const { seed, parallel } = sampled(space);
    const awaited = candidates.slice(0, Math.max(0, candidates.length - parallel + 1));
    if (awaited.some(isOpen)) return 'wait';
    return fresh(
      space,
      method,
      candidates.map((candidate, index) => (index < awaited.length ? candidate : running(candidate))),
      tpeSampler,
      (number, attempt) => seededDraws(`${seed}/${method}`, `${number}/${attempt}`),
    );
  },
};

const running = (candidate: Candidate): Candidate => ({
  ...candidate,
  rungs: [{ trainings: [], open: true, value: undefined }],
});

/** Draws until it finds what was not asked for before; after so many in vain there is little left to find. */
const attempts = 50;

function fresh(
  space: SearchSpace,
  index: number,
  candidates: readonly Candidate[],
  sampler: Sampler,
  drawsOf: (number: number, attempt: number) => () => number,
): Point | 'end' {
  const number = candidates.length;
  if (number >= countOf(space, index)) return 'end';
  const method = space.methods[index]!;
  const known = new Set(candidates.map(({ point }) => identity(point)));
  const history = candidates.map((candidate) => ({
    number: candidate.number,
    point: toSearchPoint(method, candidate.point),
    outcome: outcomeOf(candidate, space.steps),
  }));
  for (let attempt = 0; attempt < 2 * attempts; attempt++) {
    // A sampler that insists on what is known is left for chance.
    const sample = attempt === 0 || (attempt < attempts && sampler !== sobolSampler) ? sampler : randomSampler;
    const draws = drawsOf(number, attempt);
    const point = sample({ space: spaceOf(method), direction: space.direction, history, number, draws });
    const configuration = toConfiguration(index, method, point);
    if (!known.has(identity(configuration))) return configuration;
  }
  return 'end';
}

/** Number of configurations: as many as were asked for, or as there are. */
function countOf(space: SearchSpace, index: number): number {
  const { trials } = sampled(space);
  const size = productSize(space.methods[index]!.axes.map(lengthOf));
  return size < BigInt(trials) ? Number(size) : trials;
}

function lengthOf({ range, values }: SearchMethod['axes'][number]): number {
  if (!range) return values.length;
  return range.whole ? range.max - range.min + 1 : range.min === range.max ? 1 : Number.MAX_SAFE_INTEGER;
}

function sampled({ search }: SearchSpace): { trials: number; seed: number; parallel: number } {
  if (search.kind !== 'sobol' && search.kind !== 'tpe')
    throw new TypeError(`a search with a sampler, got ${search.kind}`);
  return { parallel: 1, ...search };
}
