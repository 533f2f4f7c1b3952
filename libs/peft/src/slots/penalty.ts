import type * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import type { LayerShape, Products, Tensors } from './layer.js';
import type { TensorProduct } from './weight.js';

/** Slot 5, penalty: a differentiable scalar added to the loss. */
export interface PenaltyPart<C> {
  penalty(layers: readonly Tensors[], config: C, products: Products): tf.Scalar;
  /** Names of the trained tensors that it reads: their gradients are there before the loss's own. Default: all. */
  reads?: readonly string[];
  /** Floats the penalty keeps for the backward pass (all layers together). */
  activations(layers: readonly LayerShape[], config: C): number;
  /** The same of Python peft, where it has the penalty; it makes it once a pass, behind the model. Default: none. */
  inPeft?(layers: readonly LayerShape[], config: C): number;
  /** Products of tensors that it makes, with what of each has a gradient. Omitted: nobody says them. */
  multiplies?(layers: readonly LayerShape[], config: C): readonly TensorProduct[];
}

/**
 * Slot 5, penalty, over what the model's blocks put out: `weight` times the mean over blocks of the mean squared difference to
 * what the original model puts out there, over real tokens and the width. It is differentiated with the loss. The original
 * model is the trial's own with the kernels that targeted layers had, in evaluation; it runs beside every batch and carries no
 * gradient. A method that has it trains no parameter of the base but a head.
 */
export interface FeaturePenaltyPart<C> {
  /** At 0 nothing is compared, and the original model does not run. */
  weight(config: C): number;
  /** The frozen kernel `[in, out]` that the layer had, among its tensors. */
  original(tensors: Tensors): tf.Tensor2D;
}

/** The answers that a row of logits is over: the classes (or the number) of a trained head, or the vocabulary. */
export type OutputKind = 'classes' | 'tokens';

/**
 * Another model whose outputs a penalty compares with: the trial's own as it was before training, or its teacher, a base
 * of its own with a finished adapter. Neither carries a gradient.
 */
export type ComparedModel = 'reference' | 'teacher';

/**
 * Slot 5, penalty, over what the model puts out. Outputs come on the host in float64; a method's penalty needs no
 * operation of a device.
 */
export interface OutputPenaltyPart<C> {
  /**
   * Most rows it looks at in a batch. Of more tokens whose loss counts, as many are taken at equal distances; of a head
   * all examples.
   */
  rows(config: C): number;
  /** The models whose outputs it gets. A method that names the teacher cannot be trained without one. */
  against: readonly ComparedModel[];
  /** The task's own loss is multiplied by this; at 0 it is not computed. Default 1. */
  taskWeight?(config: C): number;
  /** Value, added to the loss, and its gradient with respect to the logits. */
  evaluate(input: OutputsOfBatch<C>): { value: number; gradient: Matrix };
}

/** The outputs of a batch that an output penalty sees; matrices are `[rows, outputs]`. */
export interface OutputsOfBatch<C> {
  logits: Matrix;
  /** Logits of the models in `against`. */
  others: Readonly<Partial<Record<ComparedModel, Matrix>>>;
  /** `[rows]`: the token or class that is right. */
  targets: Int32Array;
  kind: OutputKind;
  config: C;
}
