/** @file Parts that losses are made of. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

/** Every column of the outputs `[rows, width]` less the value of its row. Keeps nothing. */
export function errors(outputs: tfjs.Tensor2D, values: Float32Array): tfjs.Tensor2D {
  return fused([[outputs, (dy) => dy.clone()]], () => ({
    value: tf.sub(outputs, tf.tensor2d(values, [values.length, 1])) as tfjs.Tensor2D,
    save: {},
  }));
}

/** `log(1 + exp(x))`. Keeps the sigmoid of its operand. */
export function softplus(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[x, (dy, saved) => tf.mul(saved.slope!, dy)]], () => ({
    value: tf.softplus(x),
    save: { slope: tf.sigmoid(x) },
  }));
}

/** `Σ weight · x` over all entries. Keeps the weights. */
export function weightedSum(x: tfjs.Tensor2D, weights: Float32Array): tfjs.Scalar {
  return fused([[x, (dy, saved) => tf.mul(saved.weight!, dy)]], () => {
    const weight = tf.tensor2d(weights, x.shape);
    return { value: tf.sum(tf.mul(x, weight)) as tfjs.Scalar, save: { weight } };
  });
}
