/** @file Elementwise formulas that hold two tensors at a time. */
import type * as tfjs from '@tensorflow/tfjs-core';

/**
 * Applies operations one after another and frees each operand once its result is there; `first` is freed too.
 * Only for tensors that nothing else uses.
 *
 * @example
 * chain(tf.square(x), (t) => tf.mul(t, 3), tf.sqrt); // two tensors held at most
 */
export function chain(
  first: tfjs.Tensor,
  ...operations: readonly ((value: tfjs.Tensor) => tfjs.Tensor)[]
): tfjs.Tensor {
  return operations.reduce((value, operation) => {
    const result = operation(value);
    value.dispose();
    return result;
  }, first);
}
