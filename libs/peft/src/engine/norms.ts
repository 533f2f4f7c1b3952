/** @file Normalizations over the last axis, fused. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/**
 * Layer normalization over the last axis: `(x − mean) / √(variance + ε) · gain + bias`.
 * Keeps `x [rows, width]` and two floats per row where `x` or `gain` needs a gradient.
 */
export function layerNorm(x: tfjs.Tensor2D, gain: tfjs.Tensor1D, bias: tfjs.Tensor1D, epsilon: number): tfjs.Tensor2D {
  const unitOf = ({ x, mean, scale }: Record<string, tfjs.Tensor>) =>
    chain(tf.sub(x!, mean!), (t) => tf.mul(t, scale!));
  return fused(
    [
      [
        x,
        (dy, saved) => {
          const unit = unitOf(saved);
          const g = tf.mul(dy, gain);
          const along = tf.tidy(() => tf.mean(tf.mul(g, unit), 1, true));
          const projected = chain(unit, (t) => tf.mul(t, along));
          const centred = chain(g, (t) => tf.sub(t, tf.mean(t, 1, true)));
          const difference = tf.sub(centred, projected);
          tf.dispose([centred, projected]);
          return chain(difference, (t) => tf.mul(t, saved.scale!));
        },
      ],
      [
        gain,
        (dy, saved) =>
          tf.sum(
            chain(unitOf(saved), (t) => tf.mul(t, dy)),
            0,
          ),
      ],
      [bias, (dy) => tf.sum(dy, 0)],
    ],
    () => {
      const mean = tf.mean(x, 1, true);
      const centred = tf.sub(x, mean);
      const variance = tf.tidy(() => tf.mean(tf.square(centred), 1, true));
      const scale = chain(
        variance,
        (t) => tf.add(t, epsilon),
        (t) => tf.rsqrt(t),
      );
      const value = chain(
        centred,
        (t) => tf.mul(t, scale),
        (t) => tf.mul(t, gain),
        (t) => tf.add(t, bias),
      ) as tfjs.Tensor2D;
      const reads = needsGradient(x) || needsGradient(gain);
      return { value, save: saveWhen(['x', x, reads], ['mean', mean, reads], ['scale', scale, reads]) };
    },
  );
}

/**
 * Root-mean-square normalization over the last axis: `x / √(mean(x²) + ε) · gain` (arXiv 1910.07467). A gain narrower than
 * a row normalizes each head of its width by itself.
 * Keeps `x [rows, width]` and one float per row (or head of a row) where `x` or `gain` needs a gradient.
 */
export function rmsNorm(x: tfjs.Tensor2D, gain: tfjs.Tensor1D, epsilon: number): tfjs.Tensor2D {
  if (gain.size < x.shape[1]) {
    return tf.tidy(() => tf.reshape(rmsNorm(tf.reshape(x, [-1, gain.size]), gain, epsilon), x.shape));
  }
  return fused(
    [
      [
        x,
        (dy, saved) => {
          const unit = tf.mul(saved.x!, saved.scale!);
          const g = tf.mul(dy, gain);
          const along = tf.tidy(() => tf.mean(tf.mul(g, unit), 1, true));
          const projected = chain(unit, (t) => tf.mul(t, along));
          const difference = tf.sub(g, projected);
          tf.dispose([g, projected]);
          return chain(difference, (t) => tf.mul(t, saved.scale!));
        },
      ],
      [
        gain,
        (dy, saved) =>
          tf.sum(
            chain(tf.mul(saved.x!, saved.scale!), (t) => tf.mul(t, dy)),
            0,
          ),
      ],
    ],
    () => {
      const scale = chain(
        tf.tidy(() => tf.mean(tf.square(x), 1, true)),
        (t) => tf.add(t, epsilon),
        (t) => tf.rsqrt(t),
      );
      const value = chain(tf.mul(x, scale), (t) => tf.mul(t, gain)) as tfjs.Tensor2D;
      const reads = needsGradient(x) || needsGradient(gain);
      return { value, save: saveWhen(['x', x, reads], ['scale', scale, reads]) };
    },
  );
}
