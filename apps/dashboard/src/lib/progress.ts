import { finalTrialStates, type TrialCounts } from '@rankforge/contracts';

/** Trials that have reached a final state. */
export function doneCount(trials: TrialCounts): number {
  return finalTrialStates.reduce((sum, state) => sum + trials[state], 0);
}
