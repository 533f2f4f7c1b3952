/** @file Squared differences: the loss of regression, and how far hidden states are from others. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

/**
 * Sum over examples of `(output − value)²`, divided by `normalizer`. `outputs [batch, 1]`, `values [batch]`.
 * Keeps `[batch, 1]`.
 */
export function squaredError(outputs: tfjs.Tensor2D, values: Float32Array, normalizer: number): tfjs.Scalar {
  return fused([[outputs, (dy, saved) => tf.mul(saved.gradient!, dy)]], () => {
    const difference = tf.sub(outputs, tf.tensor2d(values, [values.length, 1]));
    return {
      value: tf.mul(tf.sum(tf.square(difference)), 1 / normalizer) as tfjs.Scalar,
      save: { gradient: tf.mul(difference, 2 / normalizer) },
    };
  });
}

/**
 * Sum over rows of `weights[row] · ‖x[row] − others[row]‖²`. `x` and `others` are `[rows, width]`; the others are constant.
 * Keeps `[rows, width]`.
 */
export function squaredDistance(x: tfjs.Tensor2D, others: tfjs.Tensor2D, weights: Float32Array): tfjs.Scalar {
  return fused([[x, (dy, saved) => tf.mul(saved.weighted!, tf.mul(dy, 2))]], () => {
    const difference = tf.sub(x, others);
    const weighted = tf.mul(difference, tf.tensor2d(weights, [weights.length, 1]));
    return { value: tf.sum(tf.mul(difference, weighted)) as tfjs.Scalar, save: { weighted } };
  });
}
