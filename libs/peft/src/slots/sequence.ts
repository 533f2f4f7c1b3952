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

/** Rows that an attention reads beside the tokens, and how much what they give weighs. */
export interface BesideTokens {
  /** `[count, width of the residual stream]`: the attention's own layers make keys and values of them, which have no position. */
  rows: tf.Tensor2D;
  /** `[1]` */
  gate: tf.Tensor1D;
}

/**
 * Slot 6, sequence: what stands before the tokens of every example, or beside them, for methods that live there and not in a linear
 * layer. Tokens have positions behind what stands before them. It cannot be merged into the weights of the base.
 */
export interface SequencePart<C> {
  /** Positions that are taken up. */
  length(config: C): number;
  /**
   * Why the part cannot be put into a model of this shape: names the field, what it is and what would fit. Undefined: it can.
   * Default: it always can.
   */
  unfit?(model: SequenceShape, config: C): string | undefined;
  /** Every tensor, by name. `attention`: path of the one that reads it; omitted: read by all, or by the embedding. */
  tensors(model: SequenceShape, config: C): Record<string, { shape: number[]; trained: boolean; attention?: string }>;
  /**
   * First values. `embeddings [vocabulary, width]` are those of the base's tokens, not to be written to; the base reads them times
   * `embeddingScale`.
   */
  init(input: {
    model: SequenceShape;
    config: C;
    random: Random;
    embeddings: HostTensor;
    embeddingScale: number;
  }): Record<string, HostTensor>;
  /** Rows `[length, width]` that go through the model as if they were embeddings of tokens. */
  embeddings?(context: SequenceContext<C>): tf.Tensor2D;
  /** Keys and values `[length, width of the attention]` that stand before those of the example's own tokens. */
  prefix?(attention: string, context: SequenceContext<C>): { key: tf.Tensor2D; value: tf.Tensor2D };
  /**
   * Rows beside the tokens: every query of an attention reads them in a softmax of their own, and what they give, times `gate`, is
   * added to what the tokens give. `rows` is how many; `of` is undefined for an attention without.
   */
  beside?: {
    rows(config: C): number;
    of(attention: string, context: SequenceContext<C>): BesideTokens | undefined;
  };
  /** Floats that making them keeps for the backward pass, for each attention or for the embedding. Default: none. */
  activations?(model: SequenceShape, config: C): number;
  peft: PromptForm | AttentionForm<C>;
}

/** Where a part stands, for people. */
export const placeOf = ({ beside }: Pick<SequencePart<never>, 'beside'>): string =>
  beside ? 'beside the tokens' : 'before the tokens';

/** How Python peft names a part. */
interface SequenceForm {
  /** `peft_type` */
  type: string;
  /** The method's configuration from the settings of a file, before its schema has checked it. */
  config(settings: Readonly<Record<string, unknown>>): unknown;
  /** peft leaves its tensors in the type of the base, whatever it casts adapters to. */
  inBaseType?: true;
  /** Values that a configuration must have of fields that are done in one way here. */
  expects?: Readonly<Record<string, unknown>>;
}

/** The file holds one tensor, of rows before the tokens. */
export interface PromptForm extends SequenceForm {
  tensors?: undefined;
  /** Which heads the file counts. */
  heads: 'query' | 'key';
  /** Settings besides those of the model. */
  settings: Record<string, unknown>;
}

/** The file holds tensors at the modules of attentions. */
export interface AttentionForm<C> extends SequenceForm {
  /** By the last part of their names in `tensors()`; the name of one there is also that of its key. */
  tensors: Readonly<Record<string, { write(tensor: HostTensor): HostTensor; read(tensor: HostTensor): HostTensor }>>;
  settings(config: C, model: SequenceShape): Record<string, unknown>;
  /** Values of `model_type` that peft can put the type on and that are computed as here. */
  modelTypes: readonly string[];
}
