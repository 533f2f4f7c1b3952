/** @file One optimizer step: gradients of the accumulated batches, clipping, update, rank schedule. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { disposeGradients } from '../engine/autograd.js';
import { matMul } from '../engine/ops.js';
import type { GradientPart, Method, OptimizerState } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { tf } from '../tensor/tf.js';
import { accumulatedGradients } from './accumulate.js';
import { afterUpdate, beforeUpdate, updated } from './between.js';
import { clip, globalNorm } from './clip.js';
import type { Batch } from './data.js';
import type { TrainingPass, TrialModel } from './inject.js';
import type { Objective } from './loss.js';
import { Observations } from './observations.js';

/** What a step hands to the next besides the trial's tensors. */
export interface StepState {
  optimizer: OptimizerState;
  rank: OptimizerState;
}

export interface StepInput {
  trial: TrialModel;
  model: ModelConfig;
  method: Method;
  /** The method's configuration, parsed. */
  config: unknown;
  optimizer: GradientPart;
  objective: Objective;
  /** The batches whose gradients are accumulated. */
  batches: readonly Batch[];
  /** 1-based. */
  step: number;
  totalSteps: number;
  learningRate: number;
  clipNorm: number | undefined;
  pass: TrainingPass;
  state: StepState;
}

export interface StepOutput {
  /** Mean over the counted targets, penalty included. */
  loss: number;
  /** Before clipping. */
  gradientNorm: number;
  /** Rank of each layer, where the method has a rank schedule. */
  ranks: Readonly<Record<string, number>> | undefined;
  state: StepState;
}

/** Training left the numbers: the loss or the gradient is not finite. */
export class DivergedError extends Error {
  constructor(
    readonly step: number,
    loss: number,
    gradientNorm: number,
  ) {
    super(`Training diverged at step ${step}: loss ${loss}, gradient norm ${gradientNorm}. Lower the learning rate.`);
    this.name = 'DivergedError';
  }
}

/** First states of the optimizer and of the rank schedule. The caller owns them. */
export function initialState({
  trial,
  method,
  config,
  optimizer,
}: Pick<StepInput, 'trial' | 'method' | 'config' | 'optimizer'>): StepState {
  return { optimizer: optimizer.init(trial.info), rank: method.rank?.init(trial.layers, config) ?? {} };
}

export function disposeState({ optimizer, rank }: StepState): void {
  tf.dispose(Object.values(optimizer));
  tf.dispose(Object.values(rank));
}

/**
 * Trains for one step: replaces the trial's trained tensors and returns the next state.
 *
 * @throws DivergedError before anything is updated
 */
export async function trainStep(given: StepInput): Promise<StepOutput> {
  const observations = new Observations();
  const input = { ...given, pass: { ...given.pass, observations } };
  let gradients: Map<string, tfjs.Tensor> | undefined;
  try {
    const { loss, ...made } = await accumulatedGradients(input);
    gradients = made.gradients;
    const gradientNorm = await globalNorm(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new DivergedError(input.step, loss, gradientNorm);
    }
    if (input.clipNorm !== undefined) {
      clip(gradients, gradientNorm, input.clipNorm);
    }
    const before = await beforeUpdate(input, gradients);
    const optimizer = await update(input, gradients, before.masks);
    tf.dispose([...before.masks.values()]);
    const { rank, ranks } = await afterUpdate(input, gradients, before.rank);
    return { loss, gradientNorm, ranks, state: { optimizer, rank } };
  } finally {
    if (gradients) disposeGradients(gradients);
    observations.dispose();
  }
}

/** Runs the optimizer and adds its updates to the parameters, one tensor at a time. */
async function update(
  { trial, optimizer, state, step, learningRate }: StepInput,
  gradients: Map<string, tfjs.Tensor>,
  masks: ReadonlyMap<string, tfjs.Tensor>,
): Promise<OptimizerState> {
  const parameters = trial.trained();
  const result = await optimizer.update({
    gradients,
    parameters,
    info: trial.info,
    state: state.optimizer,
    step,
    learningRate,
    products: { matMul },
  });
  for (const [path, change] of result.updates) {
    trial.replace(path, updated(parameters.get(path)!, change, masks.get(path)));
  }
  return result.state;
}
