/** @file Similarities of queries and documents by what they are encoded as. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';
import { timesTransposed, transposedTimes } from './products.js';

/** Added to squared lengths, so that a row of zeros stays one. */
const EPSILON = 1e-12;

/** In the places of pairs that are not compared: its exponential is 0. */
const EXCLUDED = -1e30;

/** Rows `[rows, width]` at length 1. Keeps them, and their lengths. */
export function normalized(x: tfjs.Tensor2D): tfjs.Tensor2D {
  const gradient = (dy: tfjs.Tensor, { unit, length }: Record<string, tfjs.Tensor>) => {
    const along = tf.sum(tf.mul(dy, unit!), 1, true);
    return tf.div(tf.sub(dy, tf.mul(unit!, along)), length!);
  };
  return fused([[x, gradient]], () => {
    const length = tf.tidy(() => tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), EPSILON)));
    const unit = tf.div(x, length) as tfjs.Tensor2D;
    return { value: unit, save: { unit, length } };
  });
}

/**
 * Inner products of the first row of each group with all rows that are first in none, times `scale`: `[groups, others]`. Keeps both sorts
 * of rows.
 *
 * @param x `[rows, width]`
 */
export function similarities(
  x: tfjs.Tensor2D,
  {
    sizes,
    scale,
    excluded,
  }: {
    /** Rows of each group, one group after another. */
    sizes: Int32Array;
    scale: number;
    /** `[groups, others]` 1 for pairs that are not compared. */
    excluded: Uint8Array | undefined;
  },
): tfjs.Tensor2D {
  const { firsts, others } = sides(sizes);
  const taken = (rows: Int32Array) => tf.gather(x, tf.tensor1d(rows, 'int32'));
  const gradient = (dy: tfjs.Tensor, { queries, documents }: Record<string, tfjs.Tensor>) => {
    const ofQueries = tf.matMul(tf.mul(dy, scale) as tfjs.Tensor2D, documents as tfjs.Tensor2D);
    const both = tf.concat([ofQueries, transposedTimes(dy, queries!)], 0);
    const places = new Int32Array(firsts.length + others.length);
    [...firsts, ...others].forEach((row, place) => {
      places[row] = place;
    });
    return tf.gather(both, tf.tensor1d(places, 'int32'));
  };
  return fused([[x, gradient]], () => {
    const queries = tf.tidy(() => tf.mul(taken(firsts), scale));
    const documents = taken(others);
    const value = tf.tidy(() => {
      const products = timesTransposed(queries, documents);
      if (excluded === undefined) return products;
      return tf.add(products, tf.tensor2d(barsOf(excluded), products.shape)) as tfjs.Tensor2D;
    });
    return { value, save: { queries, documents } };
  });
}

/** A loop, as `Float32Array.from` with a function takes a hundred times as long. */
function barsOf(excluded: Uint8Array): Float32Array {
  const bars = new Float32Array(excluded.length);
  for (let pair = 0; pair < excluded.length; pair++) if (excluded[pair] !== 0) bars[pair] = EXCLUDED;
  return bars;
}

function sides(sizes: Int32Array): { firsts: Int32Array; others: Int32Array } {
  const [firsts, others]: [number[], number[]] = [[], []];
  let next = 0;
  for (const size of sizes) {
    firsts.push(next);
    for (let row = next + 1; row < next + size; row++) others.push(row);
    next += size;
  }
  return { firsts: Int32Array.from(firsts), others: Int32Array.from(others) };
}
