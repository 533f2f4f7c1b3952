/** @file One row for each example. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

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

/** The first row of each example: `[batch · rows, width]` → `[batch, width]`. Keeps nothing on the device. */
export function firstRows(x: tfjs.Tensor2D, batch: number): tfjs.Tensor2D {
  const [rows, width] = [x.shape[0] / batch, x.shape[1]];
  const pad = (dy: tfjs.Tensor) =>
    tf.pad(tf.reshape(dy, [batch, 1, width]), [
      [0, 0],
      [0, rows - 1],
      [0, 0],
    ]);
  return fused([[x, (dy) => tf.reshape(pad(dy), x.shape)]], () => ({
    value: tf.reshape(tf.slice(tf.reshape(x, [batch, rows, width]), [0, 0, 0], [batch, 1, width]), [batch, width]),
    save: {},
  }));
}
