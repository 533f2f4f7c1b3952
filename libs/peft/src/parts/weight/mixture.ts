/** @file A matrix that is a sum of frozen ones, of which the coefficients are trained. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fused } from '../../engine/fused.js';
import { tf } from '../../tensor/tf.js';

/**
 * The first `rows · columns` numbers of `Σ cᵢ·basisᵢ`, row-major. `c [k]`, `bases [k, …]`, of which each is taken as a row of n numbers.
 * With a gradient of its own: that of a product would make a transposed copy of the bases, the largest tensors there are.
 */
export function mixture(coefficients: Tensor1D, bases: Tensor, rows: number, columns: number): Tensor2D {
  const count = coefficients.size;
  const width = bases.size / count;
  const used = rows * columns;
  // Made anew in the backward pass: a view that was made in the forward pass is freed with it.
  const matrix = () => tf.reshape(bases, [count, width]) as Tensor2D;
  const gradient = (dy: Tensor) => {
    const padded = tf.pad(tf.reshape(dy, [used, 1]), [
      [0, width - used],
      [0, 0],
    ]) as Tensor2D;
    return tf.reshape(tf.matMul(matrix(), padded), [count]);
  };
  return fused([[coefficients, gradient]], () => {
    const sum = tf.matMul(tf.reshape(coefficients, [1, count]) as Tensor2D, matrix());
    return { value: tf.reshape(tf.slice(sum, [0, 0], [1, used]), [rows, columns]) as Tensor2D, save: {} };
  });
}
