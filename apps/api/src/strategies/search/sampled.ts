/** @file Searches that sample: what they share. */
import { randomSampler, type Sampler } from '@rankforge/search';
import { identity, pointOf } from '../points.js';
import { pointAt, productSize } from '../product.js';
import type { Point, SearchMethod, SearchSpace } from '../strategy.js';
import { type Candidate, outcomeOf } from './candidates.js';
import { spaceOf, toConfiguration, toSearchPoint } from './space.js';

/** Draws until it finds what was not asked for before; after so many in vain most are known, and one that is not is looked up. */
const attempts = 50;

/**
 * The next point of a sampler that was not asked for before.
 * @param way `once`: the sampler says the same however often it is asked
 */
export function fresh(
  space: SearchSpace,
  index: number,
  candidates: readonly Candidate[],
  { sampler, once = false }: { sampler: Sampler; once?: boolean },
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
    const sample = attempt === 0 || (attempt < attempts && !once) ? sampler : randomSampler;
    const draws = drawsOf(number, attempt);
    const point = sample({ space: spaceOf(method), direction: space.direction, history, number, draws });
    const configuration = toConfiguration(index, method, point);
    if (!known.has(identity(configuration))) return configuration;
  }
  return untried(index, method, known, drawsOf(number, 2 * attempts)());
}

/**
 * A configuration that is not known, from a place that chance says onwards; `end` where there is none, or too many to be counted.
 * @param draw from 0 to 1, less than 1
 */
function untried(index: number, method: SearchMethod, known: ReadonlySet<string>, draw: number): Point | 'end' {
  const lengths = method.axes.map(lengthOf);
  if (lengths.includes(uncounted)) return 'end';
  const size = productSize(lengths);
  const start = BigInt(Math.floor(draw * Number(size)));
  for (let step = 0n; step < size && step <= BigInt(known.size); step++) {
    const places = pointAt((start + step) % size, lengths);
    const configuration = pointOf(index, method.axes, ({ range, values }, axis) =>
      range ? range.min + places[axis]! : values[places[axis]!],
    );
    if (!known.has(identity(configuration))) return configuration;
  }
  return 'end';
}

/** Number of configurations: as many as were asked for, or as there are. */
export function countOf(space: SearchSpace, index: number): number {
  const { trials } = sampled(space);
  const size = productSize(space.methods[index]!.axes.map(lengthOf));
  return size < BigInt(trials) ? Number(size) : trials;
}

/** Length of an axis whose values are not counted. */
const uncounted = Number.MAX_SAFE_INTEGER;

function lengthOf({ range, values }: SearchMethod['axes'][number]): number {
  if (!range) return values.length;
  return range.whole ? range.max - range.min + 1 : range.min === range.max ? 1 : uncounted;
}

/** The fields of a search that samples. */
export function sampled({ search }: SearchSpace): { trials: number; seed: number } {
  if (!('trials' in search)) throw new TypeError(`a search that draws so many configurations, got ${search.kind}`);
  return search;
}
