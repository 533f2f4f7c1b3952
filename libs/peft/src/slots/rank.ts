import type * as tf from '@tensorflow/tfjs-core';
import type { OptimizerState } from './gradient.js';
import type { LayerShape, Products, Streams, Tensors } from './layer.js';

/** A targeted layer before there are tensors. */
export interface RankLayer {
  path: string;
  shape: LayerShape;
}

/** A targeted layer between the backward pass of a step and the next step. */
export interface SteppedLayer extends RankLayer {
  /** The base's kernel `[in, out]`; not there where the weight part `replacesKernel`. */
  readonly kernel: tf.Tensor2D;
  /** Adapter tensors by name: trained and frozen, those of model scope included. */
  tensors: Tensors;
  /** Gradients of the trained ones as the optimizer gets them: accumulated and clipped. */
  gradients: Tensors;
  /** Tensors that the weight part observed in the backward passes of this step, by name. */
  observed: Tensors;
}

/** Tensors by layer path and tensor name. */
export type LayerTensors = ReadonlyMap<string, NamedTensors>;
type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** The same all at once, or made one layer after the other: each is taken before the next is asked for. */
export type LayerTensorsInTurn = LayerTensors | AsyncIterable<readonly [path: string, tensors: NamedTensors]>;

/**
 * By layer path and tensor name: the share of the entries of optimizer state that begins anew at 0, entries drawn by step.
 * It is taken of state in the tensor's own shape, such as moments, in code too; what an optimizer keeps in another shape, a
 * basis or a mean of rows, stays.
 */
export type Forgotten = ReadonlyMap<string, Readonly<Record<string, number>>>;

export interface RankInput<C> {
  /** 1-based. */
  step: number;
  totalSteps: number;
  /** Learning rate of this step. */
  learningRate: number;
  layers: readonly SteppedLayer[];
  state: OptimizerState;
  config: C;
  /** The streams that the forward passes of this step drew from. */
  random: Streams;
  products: Products;
}

/**
 * Slot 4, rank: what happens to a layer's tensors around the optimizer's update. It prunes and grows ranks, freezes
 * parts of tensors, and keeps what forward passes read besides trained tensors.
 * Ownership as for `GradientPart`: what comes in is not disposed, but for replaced parts of `state`.
 */
export interface RankPart<C> {
  /** It reads `kernel` of layers: see `WeightPart.readsKernel`. */
  readsKernel?: true;
  /** Whether it does anything with this configuration. Default: it does with each. */
  acts?(config: C): boolean;
  init(layers: readonly RankLayer[], config: C): OptimizerState;
  /** Factor of the scheduled learning rate in a 1-based step, for a warm-up of the part's own. Default 1. */
  pace?(step: number, totalSteps: number, config: C): number;
  /**
   * Before the optimizer's updates are added; tensors have the values that the gradients were taken at.
   * `masks` hold 0 or 1, for layer tensors that are trained, in a shape that broadcasts to the tensor's: an entry under a 0
   * stays bit-identical in this step, whatever the optimizer's momentum and decay.
   * `added` are terms of gradients, after clipping; that of a trained base kernel is called `kernel`.
   */
  before?(input: RankInput<C>): Promise<{ state: OptimizerState; masks?: LayerTensors; added?: LayerTensors }>;
  /**
   * After the updates were added. `replaced` are next values of trained or `scheduled` tensors of layer scope; that of a
   * trained base kernel is called `kernel`.
   */
  after?(input: RankInput<C>): Promise<{
    state: OptimizerState;
    replaced?: LayerTensorsInTurn;
    /** The state that the optimizer is to forget. */
    forgotten?: Forgotten;
    /** Rank of each layer now, by layer path: recorded as a metric. */
    ranks?: Readonly<Record<string, number>>;
  }>;
  /** Floats: held between steps, the most held inside `before` or `after`, and of all `masks` together (default 0). */
  memory(layers: readonly RankLayer[], config: C): { state: number; workspace: number; masks?: number };
}
