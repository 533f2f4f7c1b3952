/** @file A base model with a method in it: what the trainer, evaluation and export see of one trial. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor, ParameterInfo, ParameterMap, RankLayer, Streams, Tensors } from '../method.js';
import type { ModelAccess } from '../models/forward.js';
import type { Followed } from '../recipes/recipe.js';
import type { Random } from '../tensor/random.js';
import type { Checkpointing } from './checkpointing.js';
import type { Observations } from './observations.js';
import type { TrialPlan } from './plan.js';

/** The streams that the forward passes of one training step draw from, and what they keep. */
export interface TrainingPass {
  /** The probability of dropping, and the stream that masks are read from, one after another. */
  dropout: { probability: number; random: Random };
  /** See `LayerContext.random`. */
  random: Streams;
  /** See `LayerContext.batch`. */
  batch?: number;
  /** Says how much is kept for the backward pass. */
  checkpointing: Checkpointing;
  /** Where results of backward passes go. Absent: nobody asks for them. */
  observations?: Observations;
}

/** How documents are encoded where they are fixed. */
export interface FixedEncoder {
  /** Documents of a first search that are added to a query that is scored. */
  feedback: number;
}

/**
 * A base model with a method in it: the tensors of one trial on the device.
 * Paths: adapter tensors `<layer path>.<name>`, those that layers share `shared.<name>` or `shared.<group>.<name>`, base parameters as in the base.
 */
export interface TrialModel {
  readonly plan: TrialPlan;
  /** Targeted layers, in model order. */
  readonly layers: readonly RankLayer[];
  /** The facts that the optimizer may know, in model order. */
  readonly info: readonly ParameterInfo[];
  /** Trained tensors by path, in the order of `info`. */
  trained(): ParameterMap;
  /** Frozen adapter tensors by path. */
  frozen(): ParameterMap;
  /** Puts a new value in place of a trained or scheduled tensor; the old one is disposed. */
  replace(path: string, tensor: tfjs.Tensor): void;
  /**
   * Puts stored values in place of all trained tensors and frozen adapter tensors.
   *
   * @throws Error naming the tensor that is missing, unknown, or of another shape
   */
  load(tensors: ReadonlyMap<string, HostTensor>): void;
  /** First values that a replaced kernel follows from, by path: stored with a trial that was calibrated. */
  first(): ReadonlyMap<string, HostTensor>;
  /** Adapter tensors of one targeted layer by their own names, those that it shares included. */
  layerTensors(path: string): Tensors;
  /** Set where documents are encoded by the model before training; `feedback`: how many of them queries are scored with. */
  readonly fixed: FixedEncoder | undefined;
  /** The recipe by which queries are asked that are scored; undefined where they are asked as they are. */
  readonly asked: Followed | undefined;
  /** First values of what is trained, by path, where `keepsReference`; else none. */
  reference(): ParameterMap;
  /**
   * Runs a forward pass in evaluation on the model as it was before training.
   *
   * @throws Error where there is no `reference`
   */
  beforeTraining<T>(run: (access: ModelAccess) => T): T;
  /**
   * How a forward pass, which is in evaluation, reaches the model with the kernels that targeted layers had.
   *
   * @throws Error where the method has no penalty that compares with it
   */
  original(): ModelAccess;
  /** How a forward pass reaches this trial's parameters: in training by `pass`, otherwise in evaluation. */
  access(pass?: TrainingPass): ModelAccess;
  /** The method's penalty on its current tensors. */
  penalty(): tfjs.Scalar | undefined;
  /**
   * Puts the effective kernels and biases in place of adapters; training is not possible until `unmerge`.
   *
   * @throws Error if no weight can hold what the method does, e.g. that of a sequence part
   */
  merge(): void;
  /** Takes merged kernels out again: adapters and base are as before, to the bit. */
  unmerge(): void;
  /** Frees every tensor of the trial; the base's shared tensors stay for the next one. */
  dispose(): void;
}
