import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import { type Clocks, unfired } from './clock.js';
import type { Products, Streams } from './layer.js';
import type { NumbersOf } from './numbers.js';
import type { ParameterInfo } from './parameter.js';
import type { Evidence, OptimizerClaim, Paper } from './reference.js';

/** Names and device tensors of everything that is trained, by path. Iteration order is the model's order and is stable. */
export type ParameterMap = ReadonlyMap<string, tf.Tensor>;

/**
 * Slot 3, gradient: gradients → updates that are *added* to the parameters.
 * A part holds no state of its own: `init` makes it, `update` takes it and returns the next.
 * Ownership: `update` must not dispose `gradients` or `parameters`; it disposes the parts of `state` it replaces.
 * It is asynchronous because some parts read from the device, which WebGPU allows in no other way.
 * State is a flat record of named tensors so that a checkpoint can store any of it.
 */
export interface GradientPart {
  /** The name and configuration of the optimizer that built it, in one text; absent from a part that is made by hand. */
  builtBy?: string;
  /** The optimizer of a runner that makes the same updates, or why none does; absent: no runner has one. */
  inTorch?: TorchOptimizer | string;
  /** What its package for torch holds of a tensor; absent: what `memory` says. */
  heldInTorch?: HeldInTorch;
  /** How a step finds what `update` gets as gradients. Default: by the backward pass. */
  estimator?: GradientEstimator;
  /**
   * Values of what is trained, held in the state, at which `update` gets gradients of the same batches as well: the step makes two
   * backward passes. Default: there are none.
   */
  besides?(state: OptimizerState): ParameterMap;
  /** State before the first step. `random` is as in `update`. */
  init(parameters: readonly ParameterInfo[], random: Streams): OptimizerState;
  /** The parameters that it trains at all; only they count as trained, and the others keep their bits. Default: all. */
  trains?(parameters: readonly ParameterInfo[]): readonly ParameterInfo[];
  /**
   * Which of these parameters a step trains. The others keep their bits, and no gradient is made for them. It does not
   * depend on values. Default: all.
   */
  active?(parameters: readonly ParameterInfo[], step: number, random: Streams): readonly ParameterInfo[];
  /** Sets of parameters such as `active` may give, those that hold most among them (for memory prediction). Default: all. */
  activeSets?(parameters: readonly ParameterInfo[]): readonly (readonly ParameterInfo[])[];
  /** Sets of parameters that have state at a time, as `activeSets`. Default: those of `activeSets`. */
  statefulSets?(parameters: readonly ParameterInfo[]): readonly (readonly ParameterInfo[])[];
  /**
   * Why it cannot do with these parameters what it is for: names a tensor, and what would fit. Asked when a sweep is
   * submitted. Undefined: it can. Default: it always can.
   */
  unfit?(parameters: readonly ParameterInfo[]): string | undefined;
  /**
   * Which of these parameters it cannot do that with, and what it does with them: names them, for people. Shown before a
   * sweep is submitted and in the log of a trial. Undefined: there are none. Default: there never are.
   */
  notice?(parameters: readonly ParameterInfo[]): string | undefined;
  /**
   * What a clip of all gradients to this norm, before `update`, takes from it, and what to do: for people, shown like `notice`.
   * Undefined, and default: it is made for clipped gradients as for others.
   */
  clipped?(clipNorm: number): string | undefined;
  /** Names the actions on its clocks that never come in so many steps, for people. Default: none. */
  unfired?(steps: number): readonly string[];
  update(input: {
    /** Gradients of active parameters. */
    gradients: ParameterMap;
    /** Gradients of the same batches at the values of `besides`, where the part has it; clipped by the factor of `gradients`. */
    gradientsBesides?: ParameterMap;
    parameters: ParameterMap;
    info: readonly ParameterInfo[];
    state: OptimizerState;
    /** 1-based optimizer step. */
    step: number;
    /** Learning rate of this step, after warm-up and schedule. */
    learningRate: number;
    /** Streams of the whole run, not of the step: a label gives the same numbers at every step. */
    random: Streams;
    products: Products;
  }): Promise<{ updates: Map<string, tf.Tensor>; state: OptimizerState }>;
  /**
   * Changes what it keeps of a parameter in another form than that of its entries, such as in codes: `change` gets each such
   * tensor as `update` reads it, and gives what it is to be, or undefined where it stays. Default: it keeps nothing so.
   *
   * @returns the state with what was changed, kept as before; as in `update` replaced parts are disposed
   */
  recode?(info: ParameterInfo, state: OptimizerState, change: StateChange): Promise<OptimizerState>;
  /**
   * Set where an update of one parameter follows from others as well: `update` must then be given all at once. Default:
   * every parameter by itself, and `update` gives the same for some of them as for all.
   */
  scope?: 'tree';
  /**
   * Bytes held as state between steps, and the most held only inside `update` (for memory prediction), where a float takes
   * `bytesPerFloat`, on an engine. State that is no float, such as a code of a byte, takes what it takes.
   */
  memory(parameters: readonly ParameterInfo[], on: UpdatingOn): { state: number; workspace: number };
}

/** Where an optimizer's memory is asked of. */
export interface UpdatingOn {
  bytesPerFloat: number;
  /** As the traits of an engine say it: in one pass that holds the result alone, or by operations. */
  engine: { computesFormulas: 'atOnce' | 'byOperations' };
}

/** A tensor of state in the place of another; it does not dispose that. Undefined: the other stays. */
export type StateChange = (value: tf.Tensor) => tf.Tensor | undefined;

/** Gradients estimated from the losses of perturbed parameters, without a backward pass. */
export interface GradientEstimator {
  /** Perturbations of a step, each a forward pass. */
  candidates: number;
  /** Standard deviation of a perturbation: parameters are moved by this times standard normal numbers. */
  distance: number;
  /** The weights by which the estimate sums the normal numbers of the candidates. */
  weights(losses: readonly number[]): readonly number[];
}

/** What a package for torch holds of one tensor, in bytes. */
export interface HeldInTorch {
  /** State between two steps, where a number of the tensor takes `each` bytes. */
  state(info: ParameterInfo, each: number): number;
  /** The most that an update makes and frees beside the gradient. */
  scratch(info: ParameterInfo, each: number): number;
  /** The same of an update that finds its subspace anew, as the first does. Default: no more. */
  refresh?(info: ParameterInfo, each: number): number;
  /** Bytes of the gradient that the update gives up. Default: none. */
  freed?(info: ParameterInfo, each: number): number;
  /** Bytes that it keeps until the next tensor's. Default: none. */
  carried?(info: ParameterInfo, each: number): number;
}

/** An optimizer as a runner takes it. */
export interface TorchOptimizer {
  name: (typeof torchOptimizers)[number];
  /** Decay of matrices, per unit of the learning rate. */
  weightDecay: number;
  settings: Readonly<Record<string, number | boolean>>;
  /** A parameter's rate as a multiple of the ordered one. Default: 1. */
  multiple?(info: ParameterInfo): number;
}

export const torchOptimizers = ['adamw', 'adamw-8bit', 'sgd', 'adafactor', 'lion'] as const;

/** Those that update a share of a tensor as they update all of it: entry by entry, by operations of torch. */
export const sharedOptimizers: readonly (typeof torchOptimizers)[number][] = ['adamw', 'sgd'];

/** Named state tensors; names start with the parameter's path, e.g. `blocks.0.attention.query.lora_A/m`. */
export type OptimizerState = Readonly<Record<string, tf.Tensor>>;

/** An optimizer recipe of the registry: a named way to build a gradient part from its configuration. */
export interface Optimizer<S extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  paper?: Paper;
  /** Default: full. */
  evidence?: Evidence;
  /** Claims of its paper, or of one that measured it. */
  paperClaims?: readonly OptimizerClaim[];
  /** Configuration with defaults and a `description` for each field (shown in the new-sweep form). */
  config: S;
  /** Version of its numbers in such a trial: see `Method.numbers`. Default: 1. */
  numbers?(of: NumbersOf<z.infer<S>>): number;
  /** Fields of the configuration that are steps after which something happens again. Default: none. */
  clocks?: Clocks;
  /** Set when the optimizer reads `config.rank`; the sweep's rank axis then applies. */
  usesRank: boolean;
  /** Multiplying all gradients of a run by one number changes nothing, but for ε. */
  ignoresScale?: true;
  /** Its state may be kept as bitsandbytes keeps that of its optimizers: in codes of 8 bits, or in paged memory. */
  inBitsandbytes?: true;
  /** The optimizer of a runner that makes the same updates, or why none does with this configuration. Default: none does. */
  inTorch?(config: z.infer<S>): TorchOptimizer | string;
  /** What the package of its authors for torch holds of a tensor. Default: as much as is held here. */
  heldInTorch?(config: z.infer<S>): HeldInTorch;
  /**
   * Floats of state that are kept for one trained tensor, as people write it: `size` are its numbers, `in` and `out` the
   * sides of a matrix, `r` the rank; other names are fields of the configuration. In brackets are the formulas of tensors
   * that the optimizer treats otherwise, by what they are, e.g. `2·size (projected: r·in + 2·r·out; whole: size)`. A float
   * is 4 bytes; codes of less come in words of 4.
   */
  stateFormula: string;
  /** Which of the formulas in brackets holds for a tensor. Undefined, and default: the general one. */
  stateCase?(info: ParameterInfo, config: z.infer<S>): string | undefined;
  build(config: z.infer<S>): GradientPart;
}

/** Keeps the literal types of an optimizer record; what it builds knows its clocks and who built it. */
export function defineOptimizer<S extends z.ZodType>(optimizer: Optimizer<S>): Optimizer<S> {
  return {
    ...optimizer,
    build: (config) => ({
      ...optimizer.build(config),
      builtBy: JSON.stringify([optimizer.name, config]),
      ...(optimizer.inTorch && { inTorch: optimizer.inTorch(config) }),
      ...(optimizer.heldInTorch && { heldInTorch: optimizer.heldInTorch(config) }),
      ...(optimizer.clocks && { unfired: (steps: number) => unfired(optimizer, config, steps) }),
    }),
  };
}
