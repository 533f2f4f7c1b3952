/** @file How far each configuration of a method is trained, by what is known of the others of that method. */
import type { Dropped } from '@rankforge/contracts';
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
   * Once none begins and all results are in: those of the lowest rung that are still to go on from it, because the rung cannot tell them
   * from its best, or because too few were tried for any to reach the last step. So there is a whole training of each method that has
   * a result at all. Asked again before all of them were begun it says the same.
   */
  finish(space: SearchSpace, candidates: readonly Candidate[]): readonly Promotion[];
  /** How sure it is that each of the candidates which stay at a rung loses, by number; called when none is open. */
  dropped(space: SearchSpace, candidates: readonly Candidate[]): ReadonlyMap<number, Dropped>;
  /** Whether it compares configurations example by example. */
  races: boolean;
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
  finish: () => [],
  dropped: () => new Map(),
  races: false,
  reduction: () => 1,
  parallel: () => Number.POSITIVE_INFINITY,
};
