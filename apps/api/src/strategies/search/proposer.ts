/** @file Where the configurations of a search come from. */
import type { Point, SearchSpace, Strategy } from '../strategy.js';
import type { Candidate } from './candidates.js';

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
