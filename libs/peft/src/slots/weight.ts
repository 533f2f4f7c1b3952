import type * as tf from '@tensorflow/tfjs-core';
import type { BaseLayer, LayerContext, LayerShape, TensorSpec } from './layer.js';

/** A number of floats: `perRow` grows with the rows of an activation, `fixed` does not. */
export interface Floats {
  perRow: number;
  fixed: number;
}

/** Floats that Python peft keeps, where an adapter is in float32 and the base may be in fewer bytes. */
export interface FloatsInPeft extends Floats {
  /** Numbers of each row in the type of the base's products. Default 0. */
  basePerRow?: number;
  /** Floats that are kept for the gradient of x alone. Default 0. */
  forInput?: number;
  /** Numbers in the type of the base's products that are kept for the gradient of x alone. Default 0. */
  baseForInput?: number;
  /** Numbers of its tensors that it reads in the type of the base's products: copies, where the adapter has another. Default none. */
  casts?: { fixed: number; forInput: number };
  /** The adapter reads the kernel, in a copy where the base has another type. */
  castsKernel?: true;
  /** The adapter reads x in the type that it has. Default: a copy in float32, which is kept where x is. */
  readsBaseInput?: true;
}

/**
 * The memory that a weight part holds while a step runs: `perRow` and `fixed` floats that `forward` keeps for the backward pass
 * beyond what the frozen base layer keeps.
 */
export interface Activations extends Floats {
  /**
   * x itself is kept too: for the gradients of the tensors named, or of any that is trained. Layers that share an input share
   * the copy, so the model counts it. Default false.
   */
  keepsInput?: boolean | readonly string[];
  /**
   * The share of what is kept that operations after all others of the part keep: their backward pass is over first. Default
   * none.
   */
  later?: Floats;
  /** All that is kept of rows is kept after the base has multiplied: it is free when the backward pass comes to that. Default false. */
  baseFirst?: true;
  /** The trial's dropout is applied to x. Default false. */
  dropsInput?: boolean;
  /** Where it drops inputs, the base multiplies both what is dropped and what is left. Default false: it multiplies the whole. */
  baseOfBoth?: true;
  /**
   * Most that exists at once only inside `forward`, input and output not included; the output is where the part
   * `replacesKernel`, as far as it is made. Default none.
   */
  transient?: Floats;
  /** Most that exists at once in `forward` before anything is kept but what is made with it, which is counted. Default none. */
  before?: Floats;
  /**
   * Floats that `forward` makes and holds until it returns, though no gradient reads it, the output not included. Default: two
   * outputs more, that of the base and the update, whose sum the output is; none where the part `replacesKernel`.
   */
  beside?: Floats;
  /** The output is what the base layer makes of an input that the part changed. Default false: the part makes it. */
  baseMakesOutput?: true;
  /**
   * Most that exists at once only inside the part's own backward pass, when the gradient of x has taken the place of that
   * of the output. Default: a gradient and one product of everything that is kept, beside both. To be stated where what is
   * kept has no gradient, or more is made than that.
   */
  backward?: Floats;
  /** Floats that Python peft keeps in place of `perRow` and `fixed`, where its code keeps other tensors. Default: the same. */
  inPeft?: FloatsInPeft;
}

/**
 * Slot 1, weight: how trained and frozen tensors change a linear layer.
 * Law: `forward(x)` equals `x · kernel() + bias()` for every x when dropout is off (to the engine's tolerance).
 */
export interface WeightPart<C> {
  /** Every tensor of a targeted layer of this shape, and of the model. The layer's own kernel and bias are not listed. */
  tensors(layer: LayerShape, config: C): Record<string, TensorSpec>;
  /** Activation path: `x [rows, in]` → `[rows, out]`, bias included. */
  forward(x: tf.Tensor2D, base: BaseLayer, context: LayerContext<C>): tf.Tensor2D;
  /**
   * Activation path of a table: `rows` picks those of its ids out of a `[in, n]` tensor → `[ids, n]`; the result is
   * `[ids, out]`. Law: it equals `rows(kernel())`. Omitted: the part cannot be put on tables.
   */
  lookup?(rows: (table: tf.Tensor2D) => tf.Tensor2D, base: BaseLayer, context: LayerContext<C>): tf.Tensor2D;
  /** Weight path: the effective kernel `[in, out]`, as merging stores it. */
  kernel(base: BaseLayer, context: LayerContext<C>): tf.Tensor2D;
  /** Why no kernel computes what `forward` does, for people; it is then never asked for. Undefined, and the default: one does. */
  unmergeable?(config: C): string | undefined;
  /** A layer without a bias gets one, which no merged model of its architecture has a place for. */
  addsBias?: true;
  /** The effective bias, where a method changes it. Omitted: the base's own bias. */
  bias?(base: BaseLayer, context: LayerContext<C>): tf.Tensor1D | undefined;
  /**
   * Layers go without their base kernel: `kernel` and `forward` make do with the part's tensors, the base's bias, and its
   * shape. Init sees the base kernel on the host; on the device there is none, and reading it throws.
   */
  replacesKernel?: true;
  /**
   * `forward` reads the base's kernel itself, and not only what `base.forward` makes of an input: kernels that are held as two
   * factors, or packed, must be whole for it.
   */
  readsKernel?: true;
  /** The factors that the part leaves in the place of the kernel, where it always is a product of two thin matrices. */
  leaves?: Factors<C>;
  /** `forward` draws numbers in training, so that another program computes others. */
  samples?: true;
  /** Numbers that Python peft holds of a layer beside the part's tensors: in their type, in that of the base, and whole ones of 8 bytes. */
  besideInPeft?(layer: LayerShape, config: C): { floats?: number; base?: number; indices?: number };
  /** peft puts the part on stacks of kernels too, such as those of experts: as their sum with its update. Default: on matrices alone. */
  stacks?: true;
  /** Floats held while a step runs, for the memory prediction. */
  activations(layer: LayerShape, config: C): Activations;
  /**
   * The matrices that `forward` multiplies the rows of its input by, one matrix after another, where that is all it multiplies besides the base's
   * own product. Omitted or undefined: nobody says what a step of it computes.
   */
  multiplies?(layer: LayerShape, config: C, of: { dropout: number }): readonly ProductFactor[] | undefined;
  /** The base's own product reads an input that trained tensors have changed: its gradient is made wherever the layer stands. */
  changesInput?(layer: LayerShape, config: C): boolean;
  /** The update as a product of two thin matrices, where it always is one. Adapters are folded to plain LoRA by it. */
  lowRank?: LowRankForm<C>;
  /** Directions of the kernel's columns are those of a base plus such a product, and their lengths are trained. */
  lowRankDirection?: true;
  /**
   * The kernel, and the bias, are the base's plus something linear in the trained tensors of the layer: the mean of several kernels is
   * the kernel of the mean of their tensors.
   */
  linear?(config: C): boolean;
  /**
   * The trained tensors have values for every update of the kernel up to this rank, with what is frozen or scheduled as it
   * starts, and no local minimum keeps training from the best of them. Omitted: nothing is promised.
   */
  reaches?(layer: LayerShape, config: C): number;
}

/** A matrix that rows are multiplied by. */
export interface ProductFactor {
  columns: number;
  /** Names of the tensors that it is made of: a gradient flows into it where one of them is trained. */
  of: readonly string[];
  /** The rows that are multiplied by it: the input of the layer, or what the base makes of it. Default: the rows of the factor before. */
  from?: 'input' | 'output';
  /** Products that make it, once in a forward pass. Default: none. */
  made?: readonly TensorProduct[];
}

/** A product `[rows, inner]·[inner, columns]` of tensors. */
export interface TensorProduct {
  rows: number;
  inner: number;
  columns: number;
  /** Names of the tensors that each side is made of, where a gradient flows back to them. */
  left: readonly string[];
  right: readonly string[];
}

/** A product of two thin matrices. */
export interface Factors<C> {
  /** Columns k of `a`. */
  rank(layer: LayerShape, config: C): number;
  /** `a [in, k]` and `b [k, out]`, whatever scale there is included. */
  factors(layer: LayerShape, context: LayerContext<C>): { a: tf.Tensor2D; b: tf.Tensor2D };
}

/** `kernel() = base kernel + a · b`, and the bias is the base's own. */
export interface LowRankForm<C> extends Factors<C> {
  /** Set where training never changes `a`. */
  frozenA?: true;
}
