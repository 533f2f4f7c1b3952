/** @file Differentiation helper shared by parts. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';

/** The value of `compute()`, through which no gradient flows and of which nothing else is kept. */
export function detached<T extends Tensor>(compute: () => T): T {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
