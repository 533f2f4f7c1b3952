/** @file Estimates what a trial would hold and train, or says why it cannot be trained: one answer for all who ask before a training. */
import type { MemoryParts } from '../engine/memory-parts.js';
import { foundOnce } from '../found-once.js';
import type { Optimizer } from '../method.js';
import { type Refusal, refusal } from '../training/refusals/refusal.js';
import type { TrialRequest } from '../training/refusals/rule.js';
import { countTrainable, type PredictInput, predictMemory } from './predict.js';

export interface EstimateInput
  extends Omit<PredictInput, 'optimizer'>,
    Pick<TrialRequest, 'clipNorm' | 'normEvery' | 'headLearningRate'> {
  optimizer: Optimizer;
  /** The optimizer's configuration, parsed by its schema. */
  optimizerConfig: unknown;
}

export interface Estimate {
  /** The input of the prediction, with the optimizer built. */
  input: PredictInput;
  /** Bytes at the peak. */
  memory: MemoryParts;
  /** Scalars that are trained, a head included. */
  trainableParameters: number;
}

/**
 * Estimates a trial from shapes alone; nothing is run.
 *
 * @throws PlanError where the trial cannot be planned, see `planTrial`
 * @example
 * const made = estimate({ model, method, config, targets, optimizer, optimizerConfig, batchSize: 1, sequence: 512 });
 * 'reason' in made ? made.reason : made.memory.total;
 */
export function estimate(trial: EstimateInput): Estimate | Refusal {
  const input = admitted(trial);
  if ('reason' in input) return input;
  return { input, memory: predictMemory(input), trainableParameters: countTrainable(input) };
}

/** The optimizer of a trial, built once for a configuration: what it holds for the parameters of a plan is found once too. */
export const built = ({ optimizer, optimizerConfig }: Pick<EstimateInput, 'optimizer' | 'optimizerConfig'>) =>
  partsOf(optimizer)(optimizerConfig as object);

const partsOf = foundOnce((optimizer: Optimizer) => foundOnce((config: object) => optimizer.build(config)));

/**
 * The input of a prediction, or why the trial cannot be trained.
 *
 * @throws PlanError where the trial cannot be planned, see `planTrial`
 */
export function admitted({ optimizer, optimizerConfig, ...trial }: EstimateInput): PredictInput | Refusal {
  const { clipNorm, normEvery, headLearningRate, ...predicted } = trial;
  const input = { ...predicted, optimizer: built({ optimizer, optimizerConfig }) };
  const refused = refusal({ ...input, clipNorm, normEvery, headLearningRate });
  if (refused?.field === 'optimizer') return { ...refused, reason: `${optimizer.name}: ${refused.reason}` };
  return refused ?? input;
}
