/** @file Seeds of a configuration that are missing from the score of its row, and why. */
import { mayStillRun } from '@rankforge/contracts';
import { groupBy } from '../platform/group-by.js';
import type { BoardTrial } from './board-trials.js';

/** Seeds by what became of their trainings. */
interface LostSeeds {
  failed: number;
  overBudget: number;
}

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

/**
 * Says which of the seeds that were asked for are not in a score; null where all are.
 *
 * @param unscored seeds that were trained and have no test score
 * @param why reason of a scoring that did not succeed, where there is one
 * @example missingSeeds({ trained: 3, unscored: 0, lost: { failed: 2, overBudget: 0 } }) // '2 of 5 seeds failed'
 */
export function missingSeeds({
  trained,
  unscored,
  lost: { failed, overBudget },
  why,
}: {
  trained: number;
  unscored: number;
  lost: LostSeeds;
  why?: string | undefined;
}): string | null {
  const all = trained + failed + overBudget;
  const said = [
    failed > 0 ? `${failed} of ${all} seeds failed` : '',
    overBudget > 0 ? `${overBudget} of ${all} seeds did not fit` : '',
    unscored > 0
      ? `${unscored} of ${all} seeds ${unscored === 1 ? 'has' : 'have'} no test score${why === undefined ? '' : `: ${why}`}`
      : '',
  ].filter(Boolean);
  return said.length === 0 ? null : said.join('; ');
}
