/** @file Differentiation helpers shared by parts: what tfjs keeps for the backward pass is stated here, not implied. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * `a + b` of equal shapes. tfjs's own `add` keeps both operands for the backward pass although its gradient needs
 * neither; this one keeps nothing.
 */
export const add = tf.customGrad((a, b) => ({
  value: tf.add(a as tf.Tensor, b as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => [dy, dy],
})) as <T extends tf.Tensor>(a: T, b: T) => T;

/** The value of `compute()`, through which no gradient flows and of which nothing else is kept. */
export function detached<T extends tf.Tensor>(compute: () => T): T {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
