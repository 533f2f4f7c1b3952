/** @file The loss of regression. */
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
