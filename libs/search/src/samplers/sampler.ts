import type { Direction } from '../direction.js';
import type { Draws } from '../draws.js';
import type { Observation } from '../history.js';
import type { Point, Space } from '../space.js';

export interface Question {
  space: Space;
  direction: Direction;
  /** Every trial so far in any order. This is all the state there is. */
  history: readonly Observation[];
  /** Number of the trial that is asked for. */
  number: number;
  draws: Draws;
}

/** Suggests the next point; a pure function but for the draws it takes. */
export type Sampler = (question: Question) => Point;
