/** @file The view of one targeted layer that a slot has: its shape, its frozen kernel, its tensors. */
import type * as tf from '@tensorflow/tfjs-core';
import type { PackedDtypeName } from '../tensor/base-dtypes.js';
import type { Random } from '../tensor/random.js';

/** Where a transformer block uses a linear layer. */
export const layerRoles = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const;
export type LayerRole = (typeof layerRoles)[number];

/** Dimensions of one targeted layer: a linear one, or a table of embeddings. */
export interface LayerShape {
  in: number;
  out: number;
  bias: boolean;
  /**
   * The layer is a table: `kernel [in, out]` has a row for each of `in` ids, and the output is the row of an id. That is a
   * linear layer whose inputs are 1 for one id and 0 for all others.
   */
  table?: true;
  /**
   * Where a transformer block uses the layer, for methods that treat positions differently ((IA)³ rescales `down` at its
   * input and all others at their output). The model states it; omitted: no known position.
   */
  role?: LayerRole;
  /**
   * Attention heads that the outputs of `query`, `key` and `value` and the inputs of `output` consist of, side by side.
   * The model states it; omitted: the layer is not part of an attention.
   */
  heads?: number;
  /** The frozen kernel is held as two matrices, `[in, factorRank]` and `[factorRank, out]`. Omitted: it is whole. */
  factorRank?: number;
  /**
   * The kernel is a stack of `count` kernels, each with the outputs of `fused` layers side by side: peft puts an adapter on the parameter.
   * Omitted: it is a matrix of a module.
   */
  stack?: { count: number; fused: number };
  /** The frozen kernel is held packed, in numbers of this type, and opened where it is multiplied by. Omitted: in floats. */
  packed?: PackedDtypeName;
}

/** Named tensors of one scope (a layer, or the whole model). */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * A tensor a weight part asks for.
 * `trained`: the optimizer updates it; otherwise it stays bit-identical for the whole run.
 * `scheduled`: not trained, but the rank part puts new values in between steps (a pruning mask, norms of gradients).
 * `scope`: one per targeted layer, one shared by all targeted layers of the model, or one shared by a `group`: the targeted layers of
 * the same role and sides, or `every` so many of them that follow each other. The init of its first layer makes the values of a group.
 * Where layers ask for different shapes of a tensor of the model it is along every axis as large as the largest, and each layer reads
 * the part it needs.
 * `pooled`: of model scope, and its first axis is what the layers that name the tensor ask for together.
 * `index`: it holds places in another tensor, whole numbers that stay whole whatever a float takes.
 * `side`: it is a factor of the update, on the side of the layer's inputs or of its outputs.
 * `inPeft`: Python peft holds it otherwise than here.
 * `ordered`: nothing counts of it but which entries are larger in size than which; its gradient is then no derivative, but an estimate.
 */
export interface TensorSpec {
  shape: number[];
  trained: boolean;
  scheduled?: boolean;
  pooled?: boolean;
  index?: true;
  ordered?: true;
  scope: 'layer' | 'group' | 'model';
  every?: number;
  side?: FactorSide;
  inPeft?: TensorInPeft;
}

/** How Python peft holds a tensor on the device. */
export interface TensorInPeft {
  /** Bytes of a number; `base`: those of the base. Default: 8 of an index, of others those of the adapter. */
  each?: number | 'base';
  /** How many numbers it has there. Default: as many as here. */
  numbers?: number;
}

/** Sides of a low-rank update, by which its factors are told apart whatever their names. */
export type FactorSide = 'input' | 'output';

/** A tensor on the host, before it is put on a device. `values` is row-major. */
export interface HostTensor {
  shape: number[];
  values: Float32Array;
  /** Writes the values over `target`, of as many, piece by piece; there where `values` reads them all each time. */
  fill?(target: Float32Array): void;
}

/** A host tensor whose entries may be whole numbers of 32 bits. */
export interface HostState {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** The frozen base layer as a weight part sees it on the device. */
export interface BaseLayer {
  shape: LayerShape;
  /**
   * `[in, out]`; not there where the weight part `replacesKernel`. Where it is held as two factors, each reading makes their
   * product, and where it is packed, floats: only merging does that, see `WeightPart.readsKernel`.
   */
  readonly kernel: tf.Tensor2D;
  /** `[out]` */
  bias?: tf.Tensor1D;
  /** `x·W + b`, with the engine's fast products. `x [rows, in]` → `[rows, out]`. */
  forward(x: tf.Tensor2D): tf.Tensor2D;
}

/** Engine products a part must use instead of `tf.matMul`, whose gradients are slow on wasm. */
export interface Products {
  /** `a [m, k] · b [k, n]`, differentiable in both. */
  matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** `a [m, n] · b [k, n]ᵀ`, for where no gradient is asked. Some engines turn a copy of `b` before. */
  timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** `a [m, k]ᵀ · b [m, n]`, for where no gradient is asked. Some engines turn a copy of `a` before. */
  transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
}

/** Streams of random numbers by label: whoever asks for the same label gets the same numbers, from the start. */
export type Streams = Pick<Random, 'fork'>;

/** The facts of one layer of one trial that hold while it runs. */
export interface LayerContext<C> {
  /** e.g. `blocks.0.attention.query` */
  path: string;
  config: C;
  products: Products;
  /** Device tensors of this layer, trained and frozen, and those it shares, by the names in `tensors()`. */
  tensors: Tensors;
  /** Applies the trial's dropout to an activation while training; the identity in evaluation. */
  dropout(x: tf.Tensor2D): tf.Tensor2D;
  /**
   * The streams that a forward pass in training draws from; absent in evaluation and merging. The streams are those of the optimizer
   * step: every accumulated batch sees the same, and so does the rank part. For numbers of a layer's own the label names
   * its `path`; a label without it is a draw that all layers share.
   */
  random?: Streams;
  /** Place of the batch among those that the step accumulates, for numbers of its rows. Absent: there is one, or it is no training. */
  batch?: number;
  /**
   * Hands a small result of a backward pass to the rank part, under a name of the method's choice. Results of accumulated
   * batches are added up; the value stays the caller's. Absent outside training steps.
   */
  observe?(name: string, value: tf.Tensor): void;
}
