import { type FairLedger, isJudgingStage, tuningStages } from '@rankforge/contracts';
import { methods } from '@rankforge/peft';
import { configurationKey } from '../planning/trial-key.js';
import type { BoardTrial } from './board-trials.js';
import { lostSeeds } from './lost-seeds.js';

/** Whether a training may stand on the board: what a protocol tuned with has had its say when it chose. */
export const competes = ({ stage }: BoardTrial): boolean => !tuningStages.includes(stage ?? '');

function edgeOf(tried: readonly number[], chosen: number | undefined): FairLedger['edge'] {
  if (chosen === undefined || tried.length === 0) return null;
  if (tried.length === 1) return 'only';
  return chosen === tried[0] ? 'smallest' : chosen === tried.at(-1) ? 'largest' : null;
}

/** Batches that the method of a training reads before its first step, where the training began. */
function calibrationBatches({ spec, step, state }: BoardTrial): number {
  if (step === 0 && state !== 'SUCCEEDED') return 0;
  return methods.find(({ name }) => name === spec.method)?.calibration?.(spec.methodConfig)?.batches ?? 0;
}

/**
 * The effort that a fair protocol spent on a contender; nothing where none tuned it.
 *
 * @param trials all that were tried of it, by however many sweeps
 * @param chosen those of the configuration that stands for it
 */
export function fairLedger(trials: readonly BoardTrial[], chosen: readonly BoardTrial[]): { fair?: FairLedger } {
  const tuned = trials.filter((trial) => !competes(trial));
  if (tuned.length === 0) return {};
  const total = (pick: (trial: BoardTrial) => number) => tuned.reduce((sum, trial) => sum + pick(trial), 0);
  const rates = [...new Set(tuned.map(({ spec }) => spec.learningRate))].sort((a, b) => a - b);
  const isFinal = ({ stage }: BoardTrial) => isJudgingStage(stage);
  const final = chosen.filter((trial) => isFinal(trial) && trial.state === 'SUCCEEDED');
  const own = chosen[0] && configurationKey(chosen[0].spec);
  const isOwn = ({ spec }: BoardTrial) => own === undefined || configurationKey(spec) === own;
  const lost = lostSeeds(trials, (trial) => isFinal(trial) && isOwn(trial));
  return {
    fair: {
      tuningTrials: tuned.length,
      tuningSteps: total(({ step }) => step),
      tuningSeconds: total(({ result }) => result?.seconds ?? 0),
      overBudget: tuned.filter(({ state }) => state === 'OVER_BUDGET').length,
      failed: tuned.filter(({ state }) => state === 'FAILED').length,
      learningRates: rates,
      edge: edgeOf(rates, final[0]?.spec.learningRate),
      extended: trials.filter(({ stage }) => stage === 'extension').length,
      calibrationBatches: total(calibrationBatches),
      finalSeeds: final.map(({ spec }) => spec.seed).sort((a, b) => a - b),
      finalLost: lost.failed + lost.overBudget,
    },
  };
}
