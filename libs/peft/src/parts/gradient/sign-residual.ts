/** @file The residual of a projected gradient without a state of its own. Source: arXiv 2411.07837, algorithm 1. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import type { Residual } from './projected.js';
import { sizeOf } from './transform.js';

/** `κ · sign(S)`: entries outside the subspace move by κ times the learning rate. */
export function signOfResidual(kappa: number): Residual {
  return {
    state: () => ({}),
    apply({ residual }) {
      const update = tf.tidy(() => tf.mul(tf.sign(residual), kappa) as Tensor2D);
      residual.dispose();
      return { update };
    },
    workspace: ({ shape }) => 2 * sizeOf(shape),
  };
}
