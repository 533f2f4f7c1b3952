/** @file Trials so far, as samplers read them. */
import type { Point } from './space.js';

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
