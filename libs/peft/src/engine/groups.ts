/** @file Operations over rows that belong together, such as the documents of a query. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';
import { scatterRows } from './ops.js';

/** In the places of a group that is smaller than the largest: its exponential is 0. */
const PADDING = -1e30;

/**
 * Logarithm of the softmax over the rows of each group. Keeps `[groups, rows of the largest]`.
 *
 * @param x `[rows, 1]`
 * @param sizes rows of each group, one group after another
 */
export function groupLogSoftmax(x: tfjs.Tensor2D, sizes: Int32Array): tfjs.Tensor2D {
  const rows = x.shape[0];
  const most = Math.max(...sizes);
  const grid = [sizes.length, most] as [number, number];
  const places: number[] = [];
  const indices = new Int32Array(sizes.length * most).fill(rows);
  sizes.forEach((size, group) => {
    for (let at = 0; at < size; at++) {
      indices[group * most + at] = places.length;
      places.push(group * most + at);
    }
  });
  const spread = (column: tfjs.Tensor2D, padding: number): tfjs.Tensor2D =>
    tf.tidy(() => {
      const padded = tf.concat([column, tf.tensor2d([padding], [1, 1])], 0);
      return tf.reshape(tf.gather(padded, tf.tensor1d(indices, 'int32')), grid);
    });
  const gathered = (values: tfjs.Tensor2D): tfjs.Tensor2D =>
    tf.tidy(() => tf.gather(tf.reshape(values, [-1, 1]), tf.tensor1d(places, 'int32')) as tfjs.Tensor2D);
  const gradient = (dy: tfjs.Tensor, { logarithms }: { logarithms: tfjs.Tensor }) => {
    const wanted = spread(dy as tfjs.Tensor2D, 0);
    return gathered(tf.sub(wanted, tf.mul(tf.exp(logarithms), tf.sum(wanted, 1, true))));
  };
  return fused([[x, gradient]], () => {
    const logarithms = tf.tidy(() => tf.logSoftmax(spread(x, PADDING)));
    return { value: gathered(logarithms), save: { logarithms } };
  });
}

/** Rows to compare: `first[i]` with `second[i]`. There is at least one. */
export interface RowPairs {
  first: Int32Array;
  second: Int32Array;
}

/** `x[first] − x[second]` of every pair: `[pairs, 1]`. Keeps nothing. */
export function pairDifferences(x: tfjs.Tensor2D, { first, second }: RowPairs): tfjs.Tensor2D {
  const rows = x.shape[0];
  const taken = (indices: Int32Array) => tf.gather(x, tf.tensor1d(indices, 'int32'));
  const gradient = (dy: tfjs.Tensor) =>
    tf.sub(scatterRows(first, dy as tfjs.Tensor2D, rows), scatterRows(second, dy as tfjs.Tensor2D, rows));
  return fused([[x, gradient]], () => ({ value: tf.sub(taken(first), taken(second)) as tfjs.Tensor2D, save: {} }));
}
