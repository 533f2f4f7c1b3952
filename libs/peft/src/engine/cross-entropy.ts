/**
 * @file Softmax cross-entropy that never holds the logits of a whole batch. Rows are taken in chunks; the gradient of
 * a chunk is formed while its logits are there, so that between forward and backward only a gradient of the
 * size of the hidden states is kept (and one of the size of the projection where that is trained).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { lossApart, lossesApart } from './cross-entropy-apart.js';
import { losesAtOnce, lossAtOnce, lossesAtOnce } from './cross-entropy-at-once.js';
import { chunksOf, type Rows } from './cross-entropy-rows.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/**
 * Sum over the counted rows of `−log softmax(x · tableᵀ)[target]`, divided by `normalizer`; the tied language-model head.
 * Keeps `[rows, width]` where `x` needs a gradient and `[vocabulary, width]` where `table` does.
 *
 * @param x hidden states `[rows, width]`
 * @param table token embedding `[vocabulary, width]`
 * @param targets `[rows]` token ids, −1 where the loss does not count
 * @param softCap logits are bent to `cap · tanh(logit / cap)` (arXiv 2408.00118); default: they are not
 */
export function tiedCrossEntropy(
  x: tfjs.Tensor2D,
  table: tfjs.Tensor2D,
  targets: Int32Array,
  normalizer: number,
  softCap?: number,
): tfjs.Scalar {
  return fused(
    [
      [x, (dy, saved) => tf.mul(saved.dx!, dy)],
      [table, (dy, saved) => tf.mul(saved.dTable!, dy)],
    ],
    () => {
      const needsX = needsGradient(x);
      const needsTable = needsGradient(table);
      const losses: tfjs.Scalar[] = [];
      const dxs: tfjs.Tensor2D[] = [];
      let dTable: tfjs.Tensor2D | undefined;
      const lossOf = losesAtOnce() ? lossAtOnce : lossApart;
      for (const rows of chunks(x, table, targets)) {
        const of = { table, weight: 1 / normalizer, softCap };
        const part = tf.tidy(() => ({ ...lossOf(rows, of, { needsX, needsTable, sum: dTable }) }));
        losses.push(part.total);
        if (part.dx) {
          dxs.push(part.dx);
        }
        dTable?.dispose();
        dTable = part.dTable;
      }
      const dx = dxs.length > 1 ? (tf.concat(dxs, 0) as tfjs.Tensor2D) : dxs[0];
      return {
        value: losses.reduce((total, loss) => tf.add(total, loss)),
        save: saveWhen(
          ...(dx ? [['dx', dx, true] as const] : []),
          ...(dTable ? [['dTable', dTable, true] as const] : []),
        ),
      };
    },
  );
}

/** `[rows]` losses of each row, 0 where the target does not count. No gradient. */
export function tiedRowLosses(
  x: tfjs.Tensor2D,
  table: tfjs.Tensor2D,
  targets: Int32Array,
  softCap?: number,
): tfjs.Tensor1D {
  return tf.tidy(() => {
    const lossesOf = losesAtOnce() ? lossesAtOnce : lossesApart;
    const parts = chunks(x, table, targets).map((rows) => tf.tidy(() => lossesOf(rows, { table, weight: 1, softCap })));
    return parts.length > 1 ? (tf.concat(parts) as tfjs.Tensor1D) : parts[0]!;
  });
}

/**
 * Sum over examples of `−log softmax(logits)[label]`, divided by `normalizer`. `logits [batch, classes]`.
 * Keeps `[batch, classes]`.
 */
export function crossEntropy(logits: tfjs.Tensor2D, labels: Int32Array, normalizer: number): tfjs.Scalar {
  return fused([[logits, (dy, saved) => tf.mul(saved.gradient!, dy)]], () => {
    const classes = logits.shape[1];
    const hot = classes > 1 ? tf.oneHot(tf.tensor1d(labels, 'int32'), classes) : tf.onesLike(logits);
    // Parts of the logarithms are freed before the gradient is made.
    const loss = tf.tidy(() => tf.sum(tf.mul(tf.logSoftmax(logits), hot)));
    const probabilities = tf.softmax(logits);
    return {
      value: tf.mul(loss, -1 / normalizer) as tfjs.Scalar,
      save: { gradient: tf.mul(tf.sub(probabilities, hot), 1 / normalizer) },
    };
  });
}

const chunks = (x: tfjs.Tensor2D, table: tfjs.Tensor2D, targets: Int32Array): Rows[] =>
  chunksOf(x, targets, { vocabularySize: table.shape[0], tensors: losesAtOnce() ? 1 : 2 });
