/** @file Normalizations over the last axis, fused. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { layerNormGradient, layerNormOf, rmsNormGradient, rmsNormOf, unitOf } from './formulas.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/**
 * Layer normalization over the last axis: `(x − mean) / √(variance + ε) · gain + bias`.
 * Keeps `x [rows, width]` and two floats per row where `x` or `gain` needs a gradient.
 */
export function layerNorm(x: tfjs.Tensor2D, gain: tfjs.Tensor1D, bias: tfjs.Tensor1D, epsilon: number): tfjs.Tensor2D {
  return fused(
    [
      [x, (dy, saved) => layerNormGradient(dy, saved.x!, saved.mean!, saved.scale!, gain)],
      [
        gain,
        (dy, saved) =>
          tf.sum(
            chain(unitOf(saved.x!, saved.mean!, saved.scale!), (t) => tf.mul(t, dy)),
            0,
          ),
      ],
      [bias, (dy) => tf.sum(dy, 0)],
    ],
    () => {
      const [value, mean, scale] = layerNormOf(epsilon, x, gain, bias);
      const reads = needsGradient(x) || needsGradient(gain);
      return {
        value: value as tfjs.Tensor2D,
        save: saveWhen(['x', x, reads], ['mean', mean, reads], ['scale', scale, reads]),
      };
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
      [x, (dy, saved) => rmsNormGradient(dy, saved.x!, saved.scale!, gain)],
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
      const [value, scale] = rmsNormOf(epsilon, x, gain);
      const reads = needsGradient(x) || needsGradient(gain);
      return { value: value as tfjs.Tensor2D, save: saveWhen(['x', x, reads], ['scale', scale, reads]) };
    },
  );
}
