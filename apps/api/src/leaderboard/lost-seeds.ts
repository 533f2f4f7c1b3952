/** @file Seeds of a configuration of which no training is left. */

import type { LostSeeds } from '@rankforge/boards';
import { groupBy, mayStillRun } from '@rankforge/contracts';
import type { BoardTrial } from './board-trials.js';

/**
 * Counts the seeds that left no training: all that was tried of them failed or did not fit.
 *
 * @param counts whether a training is one of the configuration. It is asked of few, since it hashes: those of seeds of which some was lost
 */
export function lostSeeds(trials: readonly BoardTrial[], counts: (trial: BoardTrial) => boolean): LostSeeds {
  const ends = trials.filter(({ state }) => state === 'FAILED' || state === 'OVER_BUDGET');
  const suspects = new Set(ends.map(({ spec }) => spec.seed));
  const asked = trials.filter((trial) => suspects.has(trial.spec.seed) && counts(trial));
  const lost = [...groupBy(asked, ({ spec }) => spec.seed).values()].filter(
    (same) => !same.some(({ state }) => mayStillRun(state) || state === 'SUCCEEDED'),
  );
  const failed = lost.filter((same) => same.some(({ state }) => state === 'FAILED')).length;
  const fitNone = lost.filter((same) => same.every(({ state }) => state === 'OVER_BUDGET')).length;
  return { failed, overBudget: fitNone };
}
