/** @file Rows that stand before those of every example or are added to them, in a sequence `[batch · sequence, width]`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/**
 * `first [count, width]` before the rows of every example of `x [batch · sequence, width]` →
 * `[batch · (count + sequence), width]`, differentiable in both. Keeps nothing.
 */
export function prepend(first: tfjs.Tensor2D, x: tfjs.Tensor2D, batch: number): tfjs.Tensor2D {
  const [count, width] = first.shape;
  const sequence = x.shape[0] / batch;
  const byExample = (rows: tfjs.Tensor, length: number) => tf.reshape(rows, [batch, length, width]);
  return fused(
    [
      [first, (dy) => tf.sum(tf.slice(byExample(dy, count + sequence), [0, 0, 0], [batch, count, width]), 0)],
      [x, (dy) => withoutFirstRows(dy, count, batch)],
    ],
    () => {
      const repeated = tf.tile(tf.expandDims(first, 0), [batch, 1, 1]);
      const value = tf.concat([repeated, byExample(x, sequence)], 1);
      return { value: tf.reshape(value, [batch * (count + sequence), width]) as tfjs.Tensor2D, save: {} };
    },
  );
}

/**
 * `x [batch · sequence, width]` after the rows of every example of `earlier [batch · before, width]` →
 * `[batch · (before + sequence), width]`. It has no gradient.
 */
export function append(earlier: tfjs.Tensor2D, x: tfjs.Tensor2D, batch: number): tfjs.Tensor2D {
  const width = x.shape[1];
  const byExample = (rows: tfjs.Tensor2D) => tf.reshape(rows, [batch, rows.shape[0] / batch, width]);
  return tf.tidy(() => tf.reshape(tf.concat([byExample(earlier), byExample(x)], 1), [-1, width]));
}

/** `x + gate [1] · y` of matrices of one shape. Keeps `y` where the gate needs a gradient. */
export function plusGated(x: tfjs.Tensor2D, gate: tfjs.Tensor1D, y: tfjs.Tensor2D): tfjs.Tensor2D {
  return fused(
    [
      [x, (dy) => dy.clone()],
      [gate, (dy, saved) => tf.reshape(tf.sum(tf.mul(dy, saved.y!)), [1])],
      [y, (dy) => tf.mul(dy, gate)],
    ],
    () => ({
      value: tf.add(x, tf.mul(y, gate)) as tfjs.Tensor2D,
      save: saveWhen(['y', y, needsGradient(gate)]),
    }),
  );
}

/** The inverse of `prepend` in `x`: the rows of every example after its first `count`. Keeps nothing. */
export function withoutFirst(x: tfjs.Tensor2D, count: number, batch: number): tfjs.Tensor2D {
  const width = x.shape[1];
  return fused(
    [
      [
        x,
        (dy) => {
          const rows = tf.reshape(dy, [batch, -1, width]);
          return tf.reshape(
            tf.pad(rows, [
              [0, 0],
              [count, 0],
              [0, 0],
            ]),
            x.shape,
          );
        },
      ],
    ],
    () => ({ value: withoutFirstRows(x, count, batch), save: {} }),
  );
}

function withoutFirstRows(x: tfjs.Tensor, count: number, batch: number): tfjs.Tensor2D {
  const [rows, width] = x.shape as [number, number];
  const length = rows / batch;
  const kept = tf.slice(tf.reshape(x, [batch, length, width]), [0, count, 0], [batch, length - count, width]);
  return tf.reshape(kept, [batch * (length - count), width]) as tfjs.Tensor2D;
}
