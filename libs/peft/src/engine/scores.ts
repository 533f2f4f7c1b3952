/** @file Scores of queries with keys, by heads: their softmax, and its gradient. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import type { AttentionShape } from './heads.js';

/**
 * Probabilities of keys for each query, which is scaled already; with a soft cap the bent scores as well.
 *
 * @param hidden is added to the scores
 */
export function probabilitiesOf(
  q: tfjs.Tensor4D,
  k: tfjs.Tensor4D,
  hidden: tfjs.Tensor | undefined,
  { softCap }: Pick<AttentionShape, 'softCap'>,
): { probabilities: tfjs.Tensor; bent?: tfjs.Tensor } {
  const bent =
    softCap === undefined
      ? undefined
      : chain(
          tf.matMul(q, k, false, true),
          (scores) => tf.mul(scores, 1 / softCap),
          (scores) => tf.tanh(scores),
        );
  const probabilities = chain(
    bent ? tf.mul(bent, softCap!) : tf.matMul(q, k, false, true),
    ...(hidden ? [(scores: tfjs.Tensor) => tf.add(scores, hidden)] : []),
    (scores) => tf.softmax(scores),
  );
  return { probabilities, ...(bent && { bent }) };
}

/** Gradient of the scores before the softmax, and before they are bent. `dy` and `value` are split by heads. */
export function scoreGradient(
  dy: tfjs.Tensor4D,
  { probabilities, value, bent }: Record<string, tfjs.Tensor>,
): tfjs.Tensor {
  const difference = softmaxGradient(probabilities!, tf.matMul(dy, value as tfjs.Tensor4D, false, true));
  if (bent === undefined) return difference;
  // d tanh = 1 − tanh²
  const slope = chain(tf.square(bent), (t) => tf.sub(1, t));
  const before = tf.mul(difference, slope);
  tf.dispose([difference, slope]);
  return before;
}

/** `p·(dp − Σ p·dp)` with the sum over the last axis: the gradient of what `p` is the softmax of. It frees `dp`, which nothing else may use. */
export function softmaxGradient(p: tfjs.Tensor, dp: tfjs.Tensor): tfjs.Tensor {
  const weighted = chain(dp, (t) => tf.mul(t, p));
  const total = tf.sum(weighted, -1, true);
  const mean = tf.mul(p, total);
  const difference = tf.sub(weighted, mean);
  tf.dispose([weighted, total, mean]);
  return difference;
}
