/** @file The product, entry by entry, of a trained matrix and a frozen one. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';

/** `matrix ⊙ frozen`. The backward pass reads nothing but what is frozen. */
export function timesFrozen(matrix: Tensor2D, frozen: Tensor2D): Tensor2D {
  return tf.customGrad<Tensor2D>((...inputs) => ({
    value: tf.mul(inputs[0] as unknown as Tensor2D, frozen),
    gradFunc: (dy: Tensor2D) => tf.mul(dy, frozen),
  }))(matrix);
}
