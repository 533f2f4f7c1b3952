/** @file Rows of hidden states of which cross-entropy holds the logits at a time, and what is asked of them. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { crossEntropyRows } from './chunk.js';

/** Some rows with their targets. Its tensors are made anew at each call. */
export interface Rows {
  /** Targets, 0 where the row does not count. */
  indices: Int32Array;
  /** `[rows]`: `value` where the row counts, else 0. */
  weights(value: number): tfjs.Tensor1D;
  /** `[rows, width]` hidden states. */
  hidden(): tfjs.Tensor2D;
}

/** What the loss of some rows is made of, beside them. */
export interface LossOfRows {
  /** Token embedding `[vocabulary, width]`. */
  table: tfjs.Tensor2D;
  /** By which the loss of each row that counts is multiplied. */
  weight: number;
  /** Logits are bent to `cap · tanh(logit / cap)`; undefined: they are not. */
  softCap: number | undefined;
}

export interface NeededGradients {
  needsX: boolean;
  needsTable: boolean;
  /** The gradient of the table from the rows before, to which that of these is added. */
  sum: tfjs.Tensor2D | undefined;
}

export interface LossAndGradients {
  total: tfjs.Scalar;
  /** `[rows, width]`, where it is needed. */
  dx: tfjs.Tensor2D | undefined;
  /** `[vocabulary, width]`, where it is needed. */
  dTable: tfjs.Tensor2D | undefined;
}

/** @param tensors as of `crossEntropyRows` */
export function chunksOf(
  x: tfjs.Tensor2D,
  targets: Int32Array,
  { vocabularySize, tensors }: { vocabularySize: number; tensors: 1 | 2 },
): Rows[] {
  const [height, width] = x.shape;
  const size = crossEntropyRows(vocabularySize, tensors);
  return Array.from({ length: Math.ceil(height / size) }, (_, chunk) => {
    const start = chunk * size;
    const target = targets.subarray(start, start + size);
    return {
      indices: target.map((id) => Math.max(id, 0)),
      weights: (value) => tf.tensor1d(Float32Array.from(target, (id) => (id < 0 ? 0 : value))),
      hidden: () => (target.length === height ? x : tf.slice(x, [start, 0], [target.length, width])),
    };
  });
}
