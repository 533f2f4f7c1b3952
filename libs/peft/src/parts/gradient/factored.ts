/**
 * @file A second moment kept as the means of its rows and columns.
 * Source: arXiv 1804.04235, algorithms 4 to 6.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { chain as inTurn } from '../../tensor/chain.js';
import { tf } from '../../tensor/tf.js';
import { type StateTensor, sizeOf, type Transform } from './transform.js';

interface FactoredConfig {
  /** β₂ of step t is `1 − t^(−decay)`: 0 at the first step. */
  decay: number;
  /** ε₁, added to squares of gradients. */
  epsilon: number;
  /** d: the root mean square of the result is at most this. */
  clip: number;
}

/**
 * `G / √V̂`, scaled down to a root mean square of `clip` where it is larger. Of a matrix `[in, out]` V̂ is
 * `r·cᵀ / mean(r)` with running means `r [in]` over the outputs and `c [out]` over the inputs of `G² + ε₁`; of any other
 * tensor it is the whole running mean.
 */
export function scaleByFactoredRms({ decay, epsilon, clip }: FactoredConfig): Transform {
  const running = (before: Tensor, square: Tensor, axis: number | undefined, step: number) => {
    const fresh = step ** -decay;
    const mean = axis === undefined ? square : tf.mean(square, axis);
    return tf.add(tf.mul(before, 1 - fresh), tf.mul(mean, fresh));
  };
  return {
    state: ({ shape }): Record<string, StateTensor> => {
      const nonNegative = true;
      return shape.length === 2
        ? { row: { shape: [shape[0]!], nonNegative }, column: { shape: [shape[1]!], nonNegative } }
        : { v: { shape, nonNegative } };
    },
    apply({ update, state, step, info }) {
      const square = inTurn(tf.square(update), (t) => tf.add(t, epsilon));
      const next: Record<string, Tensor> =
        info.shape.length === 2
          ? {
              row: tf.tidy(() => running(state.row!, square, 1, step)),
              column: tf.tidy(() => running(state.column!, square, 0, step)),
            }
          : { v: tf.tidy(() => running(state.v!, square, undefined, step)) };
      square.dispose();
      // Each factor has its own root: a product of two small means would leave the range of float32.
      const scaled = next.v
        ? tf.tidy(() => tf.mul(update, tf.rsqrt(next.v!)))
        : tf.tidy(() => {
            const rows = tf.expandDims(tf.rsqrt(tf.div(next.row!, tf.mean(next.row!))), 1);
            const partly = tf.mul(update as Tensor2D, rows);
            return tf.mul(partly, tf.expandDims(tf.rsqrt(next.column!), 0));
          });
      const clipped = tf.tidy(() => tf.div(scaled, tf.maximum(1, tf.div(rootMeanSquare(scaled), clip))));
      scaled.dispose();
      return { update: clipped, state: next };
    },
    workspace({ shape }) {
      const size = sizeOf(shape);
      // A matrix holds the scaled gradient, its square and the result, beside the new means; a vector holds G², v and two products.
      return shape.length === 2 ? 2 * size + 2 * (shape[0]! + shape[1]!) : 4 * size;
    },
  };
}

/** Multiplies the update by `max(ε₂, RMS(W))`: steps are relative to what they change. */
export function scaleByParameter(epsilon: number): Transform {
  return {
    state: () => ({}),
    apply: ({ update, parameter }) => ({
      update: tf.tidy(() => tf.mul(update, tf.maximum(epsilon, rootMeanSquare(parameter())))),
    }),
    workspace: ({ shape }) => sizeOf(shape),
  };
}

function rootMeanSquare(tensor: Tensor): Tensor {
  return tf.tidy(() => inTurn(tf.square(tensor), tf.mean, tf.sqrt));
}
