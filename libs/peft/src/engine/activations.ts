/** @file Elementwise functions between linear layers, fused. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import {
  gatedGradients,
  geluGradient,
  geluOf,
  geluTanhGatedGradient,
  geluTanhGatedOf,
  geluTanhGradient,
  geluTanhOf,
  siluGatedGradient,
  siluGatedOf,
} from './formulas.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/** Exact GELU, `x·Φ(x)` with the normal distribution Φ (arXiv 1606.08415). Keeps `x`. */
export function gelu(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[x, (dy, saved) => geluGradient(saved.x!, dy)]], () => ({
    value: geluOf(x) as tfjs.Tensor2D,
    save: { x },
  }));
}

/** GELU in GPT-2's tanh form, `½·x·(1 + tanh(√(2/π)(x + 0.044715·x³)))`. Keeps `x`. */
export function geluTanh(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[x, (dy, saved) => geluTanhGradient(saved.x!, dy)]], () => ({
    value: geluTanhOf(x) as tfjs.Tensor2D,
    save: { x },
  }));
}

/**
 * A gated activation and the gradient of its gate; that of `up` is the activation gated by `dy`.
 *
 * @param both the kernel that gives both gradients, where an engine has it
 */
const gated =
  (
    of: (gate: tfjs.Tensor, up: tfjs.Tensor) => tfjs.Tensor,
    gradient: (gate: tfjs.Tensor, up: tfjs.Tensor, dy: tfjs.Tensor) => tfjs.Tensor,
    both: Parameters<typeof gatedGradients>[0],
  ) =>
  (gate: tfjs.Tensor2D, up: tfjs.Tensor2D): tfjs.Tensor2D => {
    const needsBoth = needsGradient(gate) && needsGradient(up);
    return fused(
      [
        [gate, (dy, { dGate, ...saved }) => dGate ?? gradient(saved.gate!, saved.up!, dy)],
        [up, (dy, { dUp, ...saved }) => dUp ?? of(saved.gate!, dy)],
      ],
      () => ({
        value: of(gate, up) as tfjs.Tensor2D,
        save: saveWhen(['gate', gate, true], ['up', up, needsGradient(gate)]),
      }),
      (dy, saved): Record<string, tfjs.Tensor> => {
        const [dGate, dUp] = (needsBoth && gatedGradients(both, [saved.gate!, saved.up!, dy])) || [];
        return dGate && dUp ? { dGate, dUp } : {};
      },
    );
  };

/**
 * `gelu(gate) · up` with GELU in its tanh form: the inner half of GeGLU (arXiv 2002.05202).
 * Keeps `gate`, and `up` where the gate needs a gradient.
 */
export const geluTanhGated = gated(geluTanhGatedOf, geluTanhGatedGradient, 'GeluTanhGatedGradients');

/**
 * `silu(gate) · up` with `silu(t) = t·sigmoid(t)`: the inner half of SwiGLU (arXiv 2002.05202).
 * Keeps `gate`, and `up` where the gate needs a gradient.
 */
export const siluGated = gated(siluGatedOf, siluGatedGradient, 'SiluGatedGradients');

/** `factor · x`. Keeps nothing. */
export function scaled(x: tfjs.Tensor2D, factor: number): tfjs.Tensor2D {
  return fused([[x, (dy) => tf.mul(dy, factor)]], () => ({ value: tf.mul(x, factor) as tfjs.Tensor2D, save: {} }));
}

/** `tanh(x)`. Keeps its result. */
export function tanh(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [
        x,
        (dy, saved) =>
          chain(
            tf.square(saved.y!),
            (t) => tf.sub(1, t),
            (t) => tf.mul(t, dy),
          ),
      ],
    ],
    () => {
      const y = tf.tanh(x);
      return { value: y, save: { y } };
    },
  );
}

/** `max(x, 0)`. Keeps its result. */
export function relu(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[x, (dy, saved) => chain(tf.step(saved.y!), (t) => tf.mul(t, dy))]], () => {
    const y = tf.relu(x);
    return { value: y, save: { y } };
  });
}
