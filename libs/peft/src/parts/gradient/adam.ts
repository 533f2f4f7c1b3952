/** @file Adam's direction. Source: arXiv 1412.6980, algorithm 1. */
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

interface AdamConfig {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** `c = √(1−β₂ᵗ)/(1−β₁ᵗ)`: what Adam's bias corrections multiply `m / √v` by at step t. */
export const biasCorrection =
  ({ beta1, beta2 }: Pick<AdamConfig, 'beta1' | 'beta2'>) =>
  (step: number): number =>
    Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);

/**
 * `m̂ / (√v̂ + ε)` with bias-corrected first and second moments `m`, `v`.
 * The corrections are folded into two scalars: `c·m / (√v + ε·√(1−β₂ᵗ))` with the `c` of `biasCorrection`, the same number
 * with two passes over the tensor fewer.
 */
export function scaleByAdam({ beta1, beta2, epsilon }: AdamConfig): Transform {
  const correction = biasCorrection({ beta1, beta2 });
  return {
    state: ({ shape }) => ({ m: { shape }, v: { shape, nonNegative: true } }),
    apply({ update, state, step }) {
      const m = tf.tidy(() => tf.add(tf.mul(state.m!, beta1), tf.mul(update, 1 - beta1)));
      const v = tf.tidy(() => tf.add(tf.mul(state.v!, beta2), tf.mul(tf.square(update), 1 - beta2)));
      const root = Math.sqrt(1 - beta2 ** step);
      const ratio = tf.tidy(() =>
        tf.div(
          m,
          tf.tidy(() => tf.add(tf.sqrt(v), epsilon * root)),
        ),
      );
      const direction = tf.tidy(() => tf.mul(ratio, correction(step)));
      ratio.dispose();
      return { update: direction, state: { m, v } };
    },
    // m, and the four tensors alive while v is formed: β₂v, g², (1−β₂)g², v.
    workspace: (info) => 5 * sizeOf(info.shape),
  };
}
