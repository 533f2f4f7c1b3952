import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../tensor/random.js';
import type { HostTensor, Products, Tensors } from './layer.js';

/** The facts of a model that a sequence part may know. */
export interface SequenceShape {
  /** Width of the residual stream. */
  width: number;
  /** Every attention in model order: its path, e.g. `blocks.0.attention`, and the width of its keys and values. */
  attentions: readonly { path: string; width: number }[];
}

export interface SequenceContext<C> {
  model: SequenceShape;
  config: C;
  products: Products;
  /** By the names in `tensors()`. */
  tensors: Tensors;
}

/**
 * Slot 6, sequence: what stands before the tokens of every example, for methods that live there and not in a linear layer.
 * Tokens have positions behind it. It cannot be merged into the weights of the base.
 */
export interface SequencePart<C> {
  /** Positions that are taken up. */
  length(config: C): number;
  /** Every tensor, by name. `attention`: path of the one that reads it; omitted: read by all, or by the embedding. */
  tensors(model: SequenceShape, config: C): Record<string, { shape: number[]; trained: boolean; attention?: string }>;
  /** First values. `embeddings [vocabulary, width]` are those of the base's tokens; not to be written to. */
  init(input: { model: SequenceShape; config: C; random: Random; embeddings: HostTensor }): Record<string, HostTensor>;
  /** Rows `[length, width]` that go through the model as if they were embeddings of tokens. */
  embeddings?(context: SequenceContext<C>): tf.Tensor2D;
  /** Keys and values `[length, width of the attention]` that stand before those of the example's own tokens. */
  prefix?(attention: string, context: SequenceContext<C>): { key: tf.Tensor2D; value: tf.Tensor2D };
  /** Floats that making them keeps for the backward pass, for each attention or for the embedding. Default: none. */
  activations?(model: SequenceShape, config: C): number;
  /**
   * Its `peft_type` in Python peft, which heads the file counts, settings besides those of the model, and the method's
   * configuration from a file that is still to be trained, before its schema has checked it.
   */
  peft: {
    type: string;
    heads: 'query' | 'key';
    settings: Record<string, unknown>;
    config(settings: Readonly<Record<string, unknown>>): unknown;
  };
}
