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
  /** Rows that stand in the place of those of some tokens, and which of them each of these has. */
  own?: { rows: tfjs.Tensor2D; rowOf: ReadonlyMap<number, number> };
}

/**
 * Sum of the embeddings of tokens, positions and types. `tokens` are `[batch · sequence]` ids; the result is
 * `[batch · sequence, width]`. Keeps nothing on the device.
 */
export function embed(tokens: Int32Array, sequence: number, tables: EmbeddingTensors): tfjs.Tensor2D {
  const { positions, first = 0, types, scale = 1, own } = tables;
  const times = (x: tfjs.Tensor2D): tfjs.Tensor2D => (scale === 1 ? x : tf.mul(x, scale));
  const width = tables.tokens.shape[1];
  const batch = tokens.length / sequence;
  const perPosition = (dy: tfjs.Tensor) => tf.sum(tf.reshape(dy, [batch, sequence, width]), 0) as tfjs.Tensor2D;
  return fused(
    [
      [tables.tokens, (dy) => scatterRows(tokens, times(dy as tfjs.Tensor2D), tables.tokens.shape[0])],
      ...(positions ? [[positions, (dy: tfjs.Tensor) => padRows(perPosition(dy), first, positions)] as const] : []),
      ...(types ? [[types, (dy: tfjs.Tensor) => padRows(tf.sum(dy, 0, true), 0, types)] as const] : []),
      ...(own ? [[own.rows, (dy: tfjs.Tensor) => ownGradient(tokens, times(dy as tfjs.Tensor2D), own)] as const] : []),
    ],
    () => {
      const rows = times(
        own ? lookedUp(tokens, tables.tokens, own) : tf.gather(tables.tokens, tf.tensor1d(tokens, 'int32')),
      );
      const used = positions && tf.slice(positions, [first, 0], [sequence, width]);
      const type = types && tf.slice(types, [0, 0], [1, width]);
      const offsets = used && type ? tf.add(used, type) : (used ?? type);
      const value = offsets ? tf.add(tf.reshape(rows, [batch, sequence, width]), offsets) : rows;
      return { value: tf.reshape(value, [batch * sequence, width]) as tfjs.Tensor2D, save: {} };
    },
  );
}

type Own = NonNullable<EmbeddingTensors['own']>;

/** The row of each token: its own, or that of the table. */
function lookedUp(tokens: Int32Array, table: tfjs.Tensor2D, { rows, rowOf }: Own): tfjs.Tensor2D {
  return tf.tidy(() => {
    const looked = tf.gather(table, tf.tensor1d(tokens, 'int32'));
    const places = tokens.map((token, at) => (rowOf.has(token) ? tokens.length + rowOf.get(token)! : at));
    return chosen(looked, rows, places);
  });
}

/** The sum of the gradients of each row over the tokens that have it. */
function ownGradient(tokens: Int32Array, dy: tfjs.Tensor2D, { rows, rowOf }: Own): tfjs.Tensor2D {
  // Gradients of all other tokens go to a row behind the last.
  const [count] = rows.shape;
  const sums = scatterRows(
    tokens.map((token) => rowOf.get(token) ?? count),
    dy,
    count + 1,
  );
  return tf.slice(sums, [0, 0], [count, -1]);
}

/**
 * `table [height, width]` with `rows` in the places of `ids`, each of which is there once. The table itself has no gradient. Keeps
 * nothing.
 */
export function withRows(table: tfjs.Tensor2D, ids: Int32Array, rows: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused([[rows, (dy) => tf.gather(dy, tf.tensor1d(ids, 'int32'))]], () => {
    const places = Int32Array.from({ length: table.shape[0] }, (_, id) => id);
    ids.forEach((id, row) => {
      places[id] = table.shape[0] + row;
    });
    return { value: chosen(table, rows, places), save: {} };
  });
}

/** Rows of one matrix and of one behind it, by their places in both. `tensorScatterUpdate` writes into its operand on the CPU. */
function chosen(first: tfjs.Tensor2D, second: tfjs.Tensor2D, places: Int32Array): tfjs.Tensor2D {
  return tf.tidy(() => tf.gather(tf.concat([first, second], 0), tf.tensor1d(places, 'int32')));
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
