import { gridPoint } from './points.js';
import type { SearchSpace, Strategy } from './strategy.js';

export interface Cursor {
  /** Trainings asked for so far. */
  next: number;
}

/** Configurations of the grid that are known in advance, by their index. */
interface Indices {
  count(space: SearchSpace): bigint;
  /** The index of the `position`-th configuration. */
  at(space: SearchSpace, position: number): bigint;
}

/** Goes through a list of configurations, each with every seed, and looks at no result. */
export function walk(indices: Indices, extensible: Strategy['extensible']): Strategy<Cursor> {
  const size = (space: SearchSpace) => {
    const trainings = indices.count(space) * BigInt(space.seeds.length);
    return { trainings, steps: trainings * BigInt(space.steps) };
  };
  return {
    reads: 'nothing',
    extensible,
    size,
    *points(space) {
      const count = Number(indices.count(space));
      for (let position = 0; position < count; position++) yield gridPoint(space, indices.at(space, position));
    },
    start: () => ({ next: 0 }),
    step({ space, state, room }) {
      const { seeds, steps } = space;
      const total = Number(size(space).trainings);
      const end = Math.min(total, state.next + room);
      const create = [];
      for (let next = state.next; next < end; next++) {
        const point = gridPoint(space, indices.at(space, Math.floor(next / seeds.length)));
        create.push({ point, seed: seeds[next % seeds.length]! });
      }
      const left = total - end;
      return {
        state: { next: end },
        create,
        stop: [],
        remaining: { trainings: left, steps: left * steps },
        done: left === 0,
      };
    },
  };
}
