/**
 * @file The operations a transformer is made of, fused: no transpose flags on rank-2 products (on wasm a flagged
 * product is 5-30 times slower than a transpose followed by a plain product), no gradient for frozen operands, and no
 * more saved than a needed gradient reads. Each `Keeps` line states what is saved, and memory/predict.ts adds it up.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { needsGradient } from './autograd.js';
import { fused, saveWhen } from './fused.js';

/**
 * `a [m, k] · b [k, n]`, differentiable in both.
 * Keeps `a` where `b` needs a gradient, `b` where `a` does.
 */
export function matMul(a: tfjs.Tensor2D, b: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [a, (dy, saved) => timesTransposed(dy, saved.b!)],
      [b, (dy, saved) => transposedTimes(saved.a!, dy)],
    ],
    () => ({
      value: tf.matMul(a, b),
      save: saveWhen(['a', a, needsGradient(b)], ['b', b, needsGradient(a)]),
    }),
  );
}

/**
 * `x [rows, in] · kernel [in, out] + bias [out]`.
 * Keeps `x` where the kernel needs a gradient. The kernel is not kept: it must live until the backward pass is over.
 */
export function linear(x: tfjs.Tensor2D, kernel: tfjs.Tensor2D, bias?: tfjs.Tensor1D): tfjs.Tensor2D {
  return fused(
    [
      [x, (dy) => timesTransposed(dy, kernel)],
      [kernel, (dy, saved) => transposedTimes(saved.x!, dy)],
      ...(bias ? [[bias, (dy: tfjs.Tensor) => tf.sum(dy, 0)] as const] : []),
    ],
    () => ({
      value: tf.fused.matMul({ a: x, b: kernel, ...(bias ? { bias } : {}) }) as tfjs.Tensor2D,
      save: saveWhen(['x', x, needsGradient(kernel)]),
    }),
  );
}

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
 * GELU in GPT-2's tanh form, `½·x·(1 + tanh(√(2/π)(x + 0.044715·x³)))`, computed as the equal `x·sigmoid(2u)`.
 * Keeps `x`.
 */
export function gelu(x: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [
        x,
        (dy, saved) => {
          // d/dx = s + s·(1 − s)·x·(linear + 3·cubic·x²), with s·(1 − s)·t = s·(t − s·t).
          const s = geluGate(saved.x!);
          const slope = chain(
            tf.square(saved.x!),
            (t) => tf.mul(t, 3 * GELU_CUBIC),
            (t) => tf.add(t, GELU_LINEAR),
            (t) => tf.mul(t, saved.x!),
          );
          const opposite = tf.sub(1, s);
          const bend = tf.mul(slope, opposite);
          tf.dispose([slope, opposite]);
          return chain(
            bend,
            (t) => tf.add(t, 1),
            (t) => tf.mul(t, s),
            (t) => tf.mul(t, dy),
          );
        },
      ],
    ],
    () => ({ value: chain(geluGate(x), (s) => tf.mul(s, x)) as tfjs.Tensor2D, save: { x } }),
  );
}

const GELU_LINEAR = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = GELU_LINEAR * 0.044715;

/** `sigmoid(2u)`, holding two tensors of x's size at most. */
function geluGate(x: tfjs.Tensor): tfjs.Tensor {
  return chain(
    tf.square(x),
    (t) => tf.mul(t, GELU_CUBIC),
    (t) => tf.add(t, GELU_LINEAR),
    (t) => tf.mul(t, x),
    (t) => tf.sigmoid(t),
  );
}

/** How rows of an activation are laid out: row `b · sequence + s` is token `s` of example `b`. */
export interface AttentionShape {
  batch: number;
  sequence: number;
  heads: number;
}

/**
 * Causal multi-head self-attention. `query`, `key`, `value` and the result are `[batch · sequence, width]`.
 * Padding at the end of an example needs no mask: no earlier token looks at it.
 * Keeps the probabilities `[batch, heads, sequence, sequence]`, and of query, key and value those that another's
 * gradient reads.
 */
export function attention(
  query: tfjs.Tensor2D,
  key: tfjs.Tensor2D,
  value: tfjs.Tensor2D,
  shape: AttentionShape,
): tfjs.Tensor2D {
  const scale = 1 / Math.sqrt(query.shape[1] / shape.heads);
  const needsScores = needsGradient(query) || needsGradient(key);
  return fused(
    [
      [query, (_, saved) => tf.mul(join(tf.matMul(saved.scores!, saved.key!), shape), scale)],
      [key, (_, saved) => join(tf.matMul(saved.scores!, saved.query!, true, false), shape)],
      [value, (dy, saved) => join(tf.matMul(saved.probabilities!, split(dy, shape), true, false), shape)],
    ],
    () => {
      const q = split(tf.mul(query, scale), shape);
      const k = split(key, shape);
      const v = split(value, shape);
      const probabilities = chain(
        tf.matMul(q, k, false, true),
        (scores) => tf.add(scores, causalMask(shape.sequence)),
        (scores) => tf.softmax(scores),
      );
      return {
        value: join(tf.matMul(probabilities, v), shape),
        save: saveWhen(
          ['query', q, needsGradient(key)],
          ['key', k, needsGradient(query)],
          ['value', v, needsScores],
          ['probabilities', probabilities, true],
        ),
      };
    },
    (dy, saved): Record<string, tfjs.Tensor> => (needsScores ? { scores: scoreGradient(split(dy, shape), saved) } : {}),
  );
}

/** Gradient of the scores before the softmax. `dy` and `value` are `[batch, heads, sequence, width / heads]`. */
function scoreGradient(dy: tfjs.Tensor4D, { probabilities, value }: Record<string, tfjs.Tensor>): tfjs.Tensor {
  const weighted = chain(tf.matMul(dy, value as tfjs.Tensor4D, false, true), (t) => tf.mul(t, probabilities!));
  const total = tf.sum(weighted, 3, true);
  const mean = tf.mul(probabilities!, total);
  const difference = tf.sub(weighted, mean);
  tf.dispose([weighted, mean]);
  return difference;
}

/** `[batch · sequence, width]` → `[batch, heads, sequence, width / heads]` */
function split(x: tfjs.Tensor, { batch, sequence, heads }: AttentionShape): tfjs.Tensor4D {
  return tf.transpose(tf.reshape(x, [batch, sequence, heads, -1]), [0, 2, 1, 3]) as tfjs.Tensor4D;
}

/** The inverse of `split`. */
function join(x: tfjs.Tensor, { batch, sequence }: AttentionShape): tfjs.Tensor2D {
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * sequence, -1]) as tfjs.Tensor2D;
}

/** `[sequence, sequence]`: 0 where column ≤ row, −1e9 elsewhere. */
function causalMask(sequence: number): tfjs.Tensor2D {
  const mask = new Float32Array(sequence * sequence);
  for (let row = 0; row < sequence; row++) {
    mask.fill(-1e9, row * sequence + row + 1, (row + 1) * sequence);
  }
  return tf.tensor2d(mask, [sequence, sequence]);
}

/**
 * Token plus position embedding. `tokens` are `[batch · sequence]` ids; the result is `[batch · sequence, width]`.
 * Keeps nothing on the device.
 */
export function embed(
  tokens: Int32Array,
  sequence: number,
  table: tfjs.Tensor2D,
  positions: tfjs.Tensor2D,
): tfjs.Tensor2D {
  const width = table.shape[1];
  const batch = tokens.length / sequence;
  return fused(
    [
      [table, (dy) => scatterRows(tokens, dy as tfjs.Tensor2D, table.shape[0])],
      [
        positions,
        (dy) => {
          const perPosition = tf.sum(tf.reshape(dy, [batch, sequence, width]), 0) as tfjs.Tensor2D;
          return tf.pad(perPosition, [
            [0, positions.shape[0] - sequence],
            [0, 0],
          ]);
        },
      ],
    ],
    () => {
      const rows = tf.gather(table, tf.tensor1d(tokens, 'int32'));
      const used = tf.slice(positions, [0, 0], [sequence, width]);
      const value = tf.add(tf.reshape(rows, [batch, sequence, width]), used);
      return { value: tf.reshape(value, [batch * sequence, width]) as tfjs.Tensor2D, save: {} };
    },
  );
}

/** Sums row `i` of `rows` into row `indices[i]` of a zero `[height, width]`. */
export function scatterRows(indices: Int32Array, rows: tfjs.Tensor2D, height: number): tfjs.Tensor2D {
  return tf.scatterND(tf.tensor2d(indices, [indices.length, 1], 'int32'), rows, [
    height,
    rows.shape[1],
  ]) as tfjs.Tensor2D;
}

/**
 * Mean over the first `lengths[b]` tokens of each example: `[batch · sequence, width]` → `[batch, width]`.
 * Keeps nothing on the device.
 */
export function meanPool(x: tfjs.Tensor2D, lengths: Int32Array, sequence: number): tfjs.Tensor2D {
  const batch = lengths.length;
  const weights = () => {
    const values = new Float32Array(batch * sequence);
    lengths.forEach((length, example) => {
      values.fill(1 / length, example * sequence, example * sequence + length);
    });
    return tf.tensor3d(values, [batch, sequence, 1]);
  };
  return fused([[x, (dy) => tf.reshape(tf.mul(tf.reshape(dy, [batch, 1, x.shape[1]]), weights()), x.shape)]], () => ({
    value: tf.sum(tf.mul(tf.reshape(x, [batch, sequence, x.shape[1]]), weights()), 1) as tfjs.Tensor2D,
    save: {},
  }));
}

/** `dy [m, n] · b [k, n]ᵀ` */
export function timesTransposed(dy: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor2D {
  return tf.matMul(dy as tfjs.Tensor2D, tf.transpose(b) as tfjs.Tensor2D);
}

/** `a [m, k]ᵀ · dy [m, n]` */
export function transposedTimes(a: tfjs.Tensor, dy: tfjs.Tensor): tfjs.Tensor2D {
  return tf.matMul(tf.transpose(a) as tfjs.Tensor2D, dy as tfjs.Tensor2D);
}
