/** @file Gradients held to what is usual for their tensor. Source: arXiv 2502.17055, section 3. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/** Taken for the norm and the largest entry of a gradient that is zero, so that no quotient is undefined. */
const smallest = 1e-30;

/** `β·before + (1−β)·now`, and the same without the bias of its start at zero. */
function running(before: Tensor, now: Tensor, beta: number, step: number): { next: Tensor; unbiased: Tensor } {
  const next = tf.tidy(() => tf.add(tf.mul(before, beta), tf.mul(now, 1 - beta)));
  return { next, unbiased: tf.tidy(() => tf.div(next, 1 - beta ** step)) };
}

/**
 * AdaClip: entries above a running mean of the largest entry are scaled by that mean over the largest entry, so that the
 * largest becomes the mean. At the first step nothing is clipped.
 */
export function clipToUsualMaximum(decay: number): Transform {
  return {
    state: () => ({ maximum: { shape: [1], nonNegative: true } }),
    apply({ update, state, step }) {
      const largest = tf.tidy(() => tf.reshape(tf.max(tf.abs(update)), [1]));
      const { next, unbiased } = running(state.maximum!, largest, decay, step);
      const clipped = tf.tidy(() => {
        const factor = tf.div(unbiased, tf.maximum(largest, smallest));
        return tf.where(tf.greater(tf.abs(update), unbiased), tf.mul(update, factor), update);
      });
      tf.dispose([largest, unbiased]);
      return { update: clipped, state: { maximum: next } };
    },
    // |G|, its comparison of a byte an entry, the scaled gradient and the result.
    workspace: ({ shape }) => 3.25 * sizeOf(shape),
  };
}

interface NormConfig {
  mean: number;
  square: number;
  epsilon: number;
}

/** AdaGN: the gradient gets the norm `m̂ / (√v̂ + ε)`, of running means of its norm and of the square of that. */
export function normalizeByUsualNorm({ mean, square, epsilon }: NormConfig): Transform {
  return {
    state: () => ({
      norm_mean: { shape: [1], nonNegative: true },
      norm_square: { shape: [1], nonNegative: true },
    }),
    apply({ update, state, step }) {
      const norm = tf.tidy(() => tf.reshape(tf.norm(update), [1]));
      const first = running(state.norm_mean!, norm, mean, step);
      const squared = tf.square(norm);
      const second = running(state.norm_square!, squared, square, step);
      const scaled = tf.tidy(() => {
        const target = tf.div(first.unbiased, tf.add(tf.sqrt(second.unbiased), epsilon));
        return tf.mul(update, tf.div(target, tf.maximum(norm, smallest)));
      });
      tf.dispose([norm, squared, first.unbiased, second.unbiased]);
      return { update: scaled, state: { norm_mean: first.next, norm_square: second.next } };
    },
    workspace: ({ shape }) => sizeOf(shape),
  };
}
