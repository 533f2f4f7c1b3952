/** @file How far each configuration of a method is trained, by what is known of the others of that method. */
import type { SearchSpace } from '../strategy.js';
import type { Candidate } from './candidates.js';

/** A configuration that goes on from its rung to the next. */
export interface Promotion {
  candidate: Candidate;
  /** The rung it goes on to. */
  rung: number;
  /** The trainings that it was compared with, in words. */
  reason: string;
}

export interface Schedule {
  /**
   * Steps at which the rungs of a method's `number`-th configuration end; the last is that of a whole training.
   *
   * @param begun where its first rung ends, of one that was begun, maybe by an earlier version that dealt otherwise; a schedule of several
   *   ladders finds its own by it
   */
  ends(space: SearchSpace, number: number, begun?: number): readonly number[];
  /** The next configuration to go on, if one may. */
  promote(space: SearchSpace, candidates: readonly Candidate[]): Promotion | undefined;
  /**
   * Once none begins and none may go on: the best of the highest rung, where too few were tried for any to reach the last
   * step. So there is a whole training of each method that has a result at all.
   */
  finish(space: SearchSpace, candidates: readonly Candidate[]): Promotion | undefined;
  /** One of so many goes on from a rung. */
  reduction(space: SearchSpace): number;
  /** Seeds that try a configuration on its rungs below the last. Omitted or undefined: all of the sweep's. */
  seedsBelow?(space: SearchSpace): number | undefined;
  /** Configurations of a method that may train at once, so that the best go on before all have begun. */
  parallel(space: SearchSpace): number;
}

/** The seeds that train a configuration on one of its rungs: on the last all of the sweep's. */
export function seedsOn(
  space: SearchSpace,
  schedule: Schedule,
  ends: readonly number[],
  rung: number,
): readonly number[] {
  const isLast = rung === ends.length - 1;
  return isLast ? space.seeds : space.seeds.slice(0, schedule.seedsBelow?.(space));
}

/** Every configuration is trained whole. */
export const whole: Schedule = {
  ends: ({ steps }) => [steps],
  promote: () => undefined,
  finish: () => undefined,
  reduction: () => 1,
  parallel: () => Number.POSITIVE_INFINITY,
};
