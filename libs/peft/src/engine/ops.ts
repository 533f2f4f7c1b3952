/**
 * @file The operations a transformer is made of, fused: products as the engine does them best, no gradient for frozen
 * operands, and no more saved than a needed gradient reads. Each `Keeps` line states what is saved, and memory/predict.ts
 * adds it up.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Products } from '../slots/layer.js';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { timesPlus, timesTransposed, transposedTimes } from './products.js';
import { needsGradient } from './recording.js';

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
      value: timesPlus(x, kernel, bias),
      save: saveWhen(['x', x, needsGradient(kernel)]),
    }),
  );
}

/**
 * `(x [rows, in] · a [in, k]) · b [k, out] + bias [out]`: a linear layer whose frozen kernel is held as two factors.
 * Keeps nothing. The factors must live until the backward pass is over.
 */
export function throughFactors(
  x: tfjs.Tensor2D,
  { a, b }: { a: tfjs.Tensor2D; b: tfjs.Tensor2D },
  bias?: tfjs.Tensor1D,
): tfjs.Tensor2D {
  return fused(
    [
      [
        x,
        (dy) =>
          timesTransposed(
            tf.tidy(() => timesTransposed(dy, b)),
            a,
          ),
      ],
      ...(bias ? [[bias, (dy: tfjs.Tensor) => tf.sum(dy, 0)] as const] : []),
    ],
    () => ({
      value: tf.tidy(() => timesPlus(tf.matMul(x, a), b, bias)),
      save: {},
    }),
  );
}

/** Tables of an embedding on the device. */
export interface EmbeddingTensors {
  /** `[vocabulary, width]` */
  tokens: tfjs.Tensor2D;
  /** `[positions, width]`; the first token of an example has the position `first` (default 0). */
  positions?: tfjs.Tensor2D;
  first?: number;
  /** `[types, width]`: every token is of the first type. */
  types?: tfjs.Tensor2D;
  /** A number that the embeddings of tokens are multiplied by. Default 1. */
  scale?: number;
}

/**
 * Sum of the embeddings of tokens, positions and types. `tokens` are `[batch · sequence]` ids; the result is
 * `[batch · sequence, width]`. Keeps nothing on the device.
 */
export function embed(tokens: Int32Array, sequence: number, tables: EmbeddingTensors): tfjs.Tensor2D {
  const { positions, first = 0, types, scale = 1 } = tables;
  const times = (x: tfjs.Tensor2D): tfjs.Tensor2D => (scale === 1 ? x : tf.mul(x, scale));
  const width = tables.tokens.shape[1];
  const batch = tokens.length / sequence;
  const perPosition = (dy: tfjs.Tensor) => tf.sum(tf.reshape(dy, [batch, sequence, width]), 0) as tfjs.Tensor2D;
  return fused(
    [
      [tables.tokens, (dy) => scatterRows(tokens, times(dy as tfjs.Tensor2D), tables.tokens.shape[0])],
      ...(positions ? [[positions, (dy: tfjs.Tensor) => padRows(perPosition(dy), first, positions)] as const] : []),
      ...(types ? [[types, (dy: tfjs.Tensor) => padRows(tf.sum(dy, 0, true), 0, types)] as const] : []),
    ],
    () => {
      const rows = times(tf.gather(tables.tokens, tf.tensor1d(tokens, 'int32')));
      const used = positions && tf.slice(positions, [first, 0], [sequence, width]);
      const type = types && tf.slice(types, [0, 0], [1, width]);
      const offsets = used && type ? tf.add(used, type) : (used ?? type);
      const value = offsets ? tf.add(tf.reshape(rows, [batch, sequence, width]), offsets) : rows;
      return { value: tf.reshape(value, [batch * sequence, width]) as tfjs.Tensor2D, save: {} };
    },
  );
}

/** `rows` as rows `first` and on of a zero matrix of `like`'s shape. */
function padRows(rows: tfjs.Tensor2D, first: number, like: tfjs.Tensor2D): tfjs.Tensor2D {
  return tf.pad(rows, [
    [first, like.shape[0] - first - rows.shape[0]],
    [0, 0],
  ]);
}

/** Sums row `i` of `rows` into row `indices[i]` of a zero `[height, width]`. */
export function scatterRows(indices: Int32Array, rows: tfjs.Tensor2D, height: number): tfjs.Tensor2D {
  return tf.scatterND(tf.tensor2d(indices, [indices.length, 1], 'int32'), rows, [
    height,
    rows.shape[1],
  ]) as tfjs.Tensor2D;
}

/** Products that parts of methods and optimizers multiply with. */
export const products: Products = { matMul, timesTransposed, transposedTimes };
