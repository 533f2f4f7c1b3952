/** @file One optimizer step: gradients of the accumulated batches, clipping, update, rank schedule. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { disposeGradients } from '../engine/autograd.js';
import { freedOnFailure } from '../engine/meter.js';
import { products } from '../engine/ops.js';
import type { OptimizerState } from '../method.js';
import type { RecipeState } from '../recipes/recipe.js';
import { toHost } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';
import { accumulatedGradients } from './accumulate.js';
import { atValues } from './at-values.js';
import { afterUpdate, beforeUpdate, updated } from './between.js';
import { clip, globalNorm, squaredNorm } from './clip.js';
import { DivergedError, nonFinite } from './diverged.js';
import { estimatedGradients } from './estimate.js';
import { Observations } from './observations.js';
import { redrawn, type StepInput, type StepState } from './step-input.js';

export interface StepOutput {
  /** Mean over the counted targets, penalty included. */
  loss: number;
  /** Before clipping. */
  gradientNorm: number;
  /** Rank of each layer, where the method has a rank schedule. */
  ranks: Readonly<Record<string, number>> | undefined;
  state: StepState;
}

/** First states of the optimizer and of the rank schedule. The caller owns them. */
export function initialState({
  trial,
  method,
  config,
  optimizer,
  random,
}: Pick<StepInput, 'trial' | 'method' | 'config' | 'optimizer' | 'random'>): StepState {
  return { optimizer: optimizer.init(trial.info, random), rank: method.rank?.init(trial.layers, config) ?? {} };
}

export function disposeState({ optimizer, rank }: StepState): void {
  tf.dispose(Object.values(optimizer));
  tf.dispose(Object.values(rank));
}

/**
 * Trains for one step: replaces the trial's trained tensors and returns the next state. Where it fails it leaves no tensor
 * behind; the trial and the state given are then good for nothing but to be disposed of.
 *
 * @throws DivergedError before anything is updated
 */
export const trainStep = (given: StepInput): Promise<StepOutput> => freedOnFailure(() => oneStep(given));

async function oneStep(given: StepInput): Promise<StepOutput> {
  const observations = new Observations();
  // Without observations, which are those of the first pass.
  const again = redrawn(given);
  const input = { ...given, pass: { ...given.pass, observations } };
  let gradients: Map<string, tfjs.Tensor> | undefined;
  let besides: Map<string, tfjs.Tensor> | undefined;
  try {
    const { estimator } = input.optimizer;
    const { loss, noted, ...made } = await (estimator
      ? estimatedGradients(input, estimator)
      : accumulatedGradients(input));
    gradients = made.gradients;
    const gradientNorm = await globalNorm(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const found = Number.isFinite(loss)
        ? await ofGradient(gradients, gradientNorm)
        : `loss ${loss}, gradient norm ${gradientNorm}`;
      throw new DivergedError(input.step, found);
    }
    const others = input.optimizer.besides?.(input.state.optimizer);
    if (others) besides = (await atValues(input.trial, others, () => accumulatedGradients(again()))).gradients;
    if (input.clipNorm !== undefined) {
      clip(gradients, gradientNorm, input.clipNorm);
      // By the same factor, so that their differences from the gradients keep their direction.
      if (besides) clip(besides, gradientNorm, input.clipNorm);
    }
    const before = await beforeUpdate(input, gradients);
    const optimizer = await update(input, { gradients, besides, masks: before.masks });
    tf.dispose([...before.masks.values()]);
    const { state, ranks } = await afterUpdate(input, gradients, { optimizer, rank: before.rank });
    return { loss, gradientNorm, ranks, state: advanced(input, state, noted) };
  } finally {
    if (gradients) disposeGradients(gradients);
    if (besides) disposeGradients(besides);
    observations.dispose();
  }
}

/** The state with that of the recipe for the next step. */
function advanced({ recipe, state: before }: StepInput, state: StepState, noted: readonly RecipeState[]): StepState {
  if (!recipe || !before.recipe) return state;
  const next = recipe.recipe.loss?.advance?.(before.recipe, noted, recipe.config) ?? before.recipe;
  return { ...state, recipe: next };
}

/** Which gradient is not finite, where one by itself is not. */
async function ofGradient(gradients: ReadonlyMap<string, tfjs.Tensor>, norm: number): Promise<string> {
  const squares = new Map([...gradients].map(([path, gradient]) => [path, squaredNorm(gradient)] as const));
  try {
    const path = nonFinite(await toHost(squares));
    return `gradient norm ${norm}${path === undefined ? '' : `, and that of ${path} by itself is not finite`}`;
  } finally {
    tf.dispose([...squares.values()]);
  }
}

/** Runs the optimizer and adds its updates to the parameters, one tensor at a time. */
async function update(
  input: StepInput,
  {
    gradients,
    besides,
    masks,
  }: {
    gradients: Map<string, tfjs.Tensor>;
    besides: Map<string, tfjs.Tensor> | undefined;
    masks: ReadonlyMap<string, tfjs.Tensor>;
  },
): Promise<OptimizerState> {
  const { trial, state } = input;
  const parameters = trial.trained();
  const result = await input.optimizer.update({
    ...optimizerInput(input),
    gradients,
    ...(besides && { gradientsBesides: besides }),
    parameters,
    info: trial.info,
    state: state.optimizer,
  });
  for (const [path, change] of result.updates) {
    trial.replace(path, updated(parameters.get(path)!, change, masks.get(path)));
  }
  return result.state;
}

/** The input of an optimizer that is the same for every parameter. */
export const optimizerInput = ({ step, learningRate, random }: StepInput) => ({
  step,
  learningRate,
  random,
  products,
});
