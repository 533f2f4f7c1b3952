import type { Direction } from '../direction.js';
import type { Draws } from '../draws.js';
import type { Point, Space } from '../space.js';

/**
 * What is known of a trial:
 *
 * - `complete`: its objective;
 * - `pruned`: the objective at the step where it was stopped, if it had one by then;
 * - `infeasible`: by how much it broke a constraint, above 0: a result, and not a failure;
 * - `running`: nothing yet.
 */
export type Outcome =
  | { kind: 'complete'; value: number }
  | { kind: 'pruned'; step: number; value: number | undefined }
  | { kind: 'infeasible'; violation: number }
  | { kind: 'running' };

export interface Observation {
  /** Order in which trials were suggested, from 0. */
  number: number;
  point: Point;
  outcome: Outcome;
}

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
