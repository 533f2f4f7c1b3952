/** @file Numbers at places of a tensor that is zero elsewhere. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fused } from '../../engine/fused.js';
import { tf } from '../../tensor/tf.js';

/** `values [n]` at `places [n, rank of shape]`, whole numbers in float32. Keeps nothing: the backward pass reads the places again. */
export function scattered(values: Tensor1D, places: Tensor2D, shape: readonly number[]): Tensor {
  return fused<Tensor, Record<string, Tensor>>([[values, (dy) => numbersAt(dy, places)]], () => ({
    value: tf.tidy(() => tf.scatterND(tf.cast(places, 'int32'), values, [...shape])),
    save: {},
  }));
}

/** The numbers of a tensor at places. */
export const numbersAt = (tensor: Tensor, places: Tensor2D): Tensor =>
  tf.tidy(() => tf.gatherND(tensor, tf.cast(places, 'int32')));
