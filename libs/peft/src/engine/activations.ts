/** @file Elementwise functions between linear layers, fused. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/**
 * GELU in GPT-2's tanh form, `½·x·(1 + tanh(√(2/π)(x + 0.044715·x³)))`, computed as the equal `x·sigmoid(2u)`.
 * Keeps `x`.
 */
export function geluTanh(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[x, (dy, saved) => chain(geluTanhSlope(saved.x!), (t) => tf.mul(t, dy))]], () => ({
    value: geluTanhOf(x) as tfjs.Tensor2D,
    save: { x },
  }));
}

/**
 * `gelu(gate) · up` with GELU in its tanh form: the inner half of GeGLU (arXiv 2002.05202).
 * Keeps `gate`, and `up` where the gate needs a gradient.
 */
export function geluTanhGated(gate: tfjs.Tensor2D, up: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [
        gate,
        (dy, saved) =>
          chain(
            geluTanhSlope(saved.gate!),
            (t) => tf.mul(t, saved.up!),
            (t) => tf.mul(t, dy),
          ),
      ],
      [up, (dy, saved) => chain(geluTanhOf(saved.gate!), (t) => tf.mul(t, dy))],
    ],
    () => ({
      value: chain(geluTanhOf(gate), (t) => tf.mul(t, up)) as tfjs.Tensor2D,
      save: saveWhen(['gate', gate, true], ['up', up, needsGradient(gate)]),
    }),
  );
}

const geluTanhOf = (x: tfjs.Tensor): tfjs.Tensor => chain(tanhGate(x), (s) => tf.mul(s, x));

/** `s + s·(1 − s)·x·(linear + 3·cubic·x²)`, holding four tensors of x's size at most. */
function geluTanhSlope(x: tfjs.Tensor): tfjs.Tensor {
  const s = tanhGate(x);
  const slope = chain(
    tf.square(x),
    (t) => tf.mul(t, 3 * GELU_CUBIC),
    (t) => tf.add(t, GELU_LINEAR),
    (t) => tf.mul(t, x),
  );
  const opposite = tf.sub(1, s);
  const bend = tf.mul(slope, opposite);
  tf.dispose([slope, opposite]);
  const whole = chain(
    bend,
    (t) => tf.add(t, 1),
    (t) => tf.mul(t, s),
  );
  s.dispose();
  return whole;
}

const GELU_LINEAR = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = GELU_LINEAR * 0.044715;

/** `sigmoid(2u)`, holding two tensors of x's size at most. */
function tanhGate(x: tfjs.Tensor): tfjs.Tensor {
  return chain(
    tf.square(x),
    (t) => tf.mul(t, GELU_CUBIC),
    (t) => tf.add(t, GELU_LINEAR),
    (t) => tf.mul(t, x),
    (t) => tf.sigmoid(t),
  );
}

/**
 * `silu(gate) · up` with `silu(t) = t·sigmoid(t)`: the inner half of SwiGLU (arXiv 2002.05202).
 * Keeps `gate`, and `up` where the gate needs a gradient.
 */
export function siluGated(gate: tfjs.Tensor2D, up: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [
        gate,
        (dy, saved) => {
          // d silu(t)/dt = s·(1 + t·(1 − s))
          const s = tf.sigmoid(saved.gate!);
          const slope = chain(
            tf.sub(1, s),
            (t) => tf.mul(t, saved.gate!),
            (t) => tf.add(t, 1),
            (t) => tf.mul(t, s),
          );
          s.dispose();
          return chain(
            slope,
            (t) => tf.mul(t, saved.up!),
            (t) => tf.mul(t, dy),
          );
        },
      ],
      [up, (dy, saved) => chain(silu(saved.gate!), (t) => tf.mul(t, dy))],
    ],
    () => ({
      value: chain(silu(gate), (t) => tf.mul(t, up)) as tfjs.Tensor2D,
      save: saveWhen(['gate', gate, true], ['up', up, needsGradient(gate)]),
    }),
  );
}

function silu(x: tfjs.Tensor): tfjs.Tensor {
  return chain(tf.sigmoid(x), (t) => tf.mul(t, x));
}

/**
 * Exact GELU, `x·Φ(x)` with the normal distribution Φ (arXiv 1606.08415). Keeps `x`.
 */
export function gelu(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [
        x,
        (dy, saved) => {
          // d/dx = Φ(x) + x·φ(x)
          const density = chain(
            tf.square(saved.x!),
            (t) => tf.mul(t, -0.5),
            (t) => tf.exp(t),
            (t) => tf.mul(t, 1 / Math.sqrt(2 * Math.PI)),
            (t) => tf.mul(t, saved.x!),
          );
          const distribution = normalDistribution(saved.x!);
          const slope = tf.add(distribution, density);
          tf.dispose([density, distribution]);
          return chain(slope, (t) => tf.mul(t, dy));
        },
      ],
    ],
    () => ({ value: chain(normalDistribution(x), (t) => tf.mul(t, x)) as tfjs.Tensor2D, save: { x } }),
  );
}

function normalDistribution(x: tfjs.Tensor): tfjs.Tensor {
  return chain(
    tf.mul(x, Math.SQRT1_2),
    (t) => tf.erf(t),
    (t) => tf.add(t, 1),
    (t) => tf.mul(t, 0.5),
  );
}

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
