import type { FairLedger } from '@rankforge/contracts';
import type { BoardTrial } from './board-trials.js';

/** Whether a training may stand on the board: what a protocol tuned with has had its say when it chose. */
export const competes = ({ stage }: BoardTrial): boolean => stage !== 'tuning';

/** What a fair protocol spent on a contender; nothing where none tuned it. */
export function fairLedger(trials: readonly BoardTrial[]): { fair?: FairLedger } {
  const tuned = trials.filter(({ stage }) => stage === 'tuning');
  if (tuned.length === 0) return {};
  const total = (pick: (trial: BoardTrial) => number) => tuned.reduce((sum, trial) => sum + pick(trial), 0);
  const final = trials.filter(({ stage, state }) => stage === 'final' && state === 'SUCCEEDED');
  return {
    fair: {
      tuningTrials: tuned.length,
      tuningSteps: total(({ step }) => step),
      tuningSeconds: total(({ result }) => result?.seconds ?? 0),
      overBudget: tuned.filter(({ state }) => state === 'OVER_BUDGET').length,
      failed: tuned.filter(({ state }) => state === 'FAILED').length,
      finalSeeds: final.map(({ spec }) => spec.seed).sort((a, b) => a - b),
    },
  };
}
