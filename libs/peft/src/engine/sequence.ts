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
      [x, (dy) => sliced(dy, { first: count, count: sequence }, batch)],
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
export const withoutFirst = (x: tfjs.Tensor2D, count: number, batch: number): tfjs.Tensor2D =>
  rowsOfEach(x, { first: count, count: x.shape[0] / batch - count }, batch);

/** Rows of every example of `x [batch · sequence, width]`: so many from the first on → `[batch · count, width]`. Keeps nothing. */
export function rowsOfEach(x: tfjs.Tensor2D, rows: ExampleRows, batch: number): tfjs.Tensor2D {
  const [all, width] = x.shape;
  const { first, count } = rows;
  return fused(
    [
      [
        x,
        (dy) => {
          const own = tf.reshape(dy, [batch, count, width]);
          return tf.reshape(
            tf.pad(own, [
              [0, 0],
              [first, all / batch - first - count],
              [0, 0],
            ]),
            x.shape,
          );
        },
      ],
    ],
    () => ({ value: sliced(x, rows, batch), save: {} }),
  );
}

/** `a [batch · m, width]` before `b [batch · n, width]` in every example → `[batch · (m + n), width]`. Keeps nothing. */
export function oneAfterAnother(a: tfjs.Tensor2D, b: tfjs.Tensor2D, batch: number): tfjs.Tensor2D {
  const width = a.shape[1];
  const [m, n] = [a, b].map(({ shape }) => shape[0] / batch) as [number, number];
  return fused(
    [
      [a, (dy) => sliced(dy, { first: 0, count: m }, batch)],
      [b, (dy) => sliced(dy, { first: m, count: n }, batch)],
    ],
    () => {
      const [before, after] = [tf.reshape(a, [batch, m, width]), tf.reshape(b, [batch, n, width])];
      return { value: tf.reshape(tf.concat([before, after], 1), [-1, width]) as tfjs.Tensor2D, save: {} };
    },
  );
}

/** Rows of an example. */
interface ExampleRows {
  first: number;
  count: number;
}

function sliced(x: tfjs.Tensor, { first, count }: ExampleRows, batch: number): tfjs.Tensor2D {
  const width = x.shape[1]!;
  const kept = tf.slice(tf.reshape(x, [batch, -1, width]), [0, first, 0], [batch, count, width]);
  return tf.reshape(kept, [batch * count, width]) as tfjs.Tensor2D;
}
