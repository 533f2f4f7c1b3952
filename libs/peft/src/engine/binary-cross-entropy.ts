/** @file The loss of whether something happens. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

/**
 * Sum over examples of `−log σ(z)` where the label is 1 and `−log(1 − σ(z))` where it is 0, divided by `normalizer`.
 * `logits z [batch, 1]`, `labels [batch]`. Keeps `[batch, 1]`.
 */
export function binaryCrossEntropy(logits: tfjs.Tensor2D, labels: Int32Array, normalizer: number): tfjs.Scalar {
  return fused([[logits, (dy, saved) => tf.mul(saved.gradient!, dy)]], () => {
    const truth = tf.tensor2d(Float32Array.from(labels), [labels.length, 1]);
    // −log σ(z) = log(1 + exp(−z)), and 1 − σ(z) = σ(−z): z changes its sign where the label is 1.
    const signs = Float32Array.from(labels, (label) => 1 - 2 * label);
    const losses = chain(tf.mul(logits, tf.tensor2d(signs, [labels.length, 1])), (t) => tf.softplus(t));
    const value = chain(tf.sum(losses), (t) => tf.mul(t, 1 / normalizer)) as tfjs.Scalar;
    const gradient = chain(
      tf.sigmoid(logits),
      (t) => tf.sub(t, truth),
      (t) => tf.mul(t, 1 / normalizer),
    );
    return { value, save: { gradient } };
  });
}
