/**
 * @file Softmax cross-entropy that never holds the logits of a whole batch. Rows are taken in chunks; the gradient of
 * a chunk is formed while its probabilities are there, so that between forward and backward only a gradient of the
 * size of the hidden states is kept (and one of the size of the projection where that is trained).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { needsGradient } from './autograd.js';
import { fused, saveWhen } from './fused.js';
import { scatterRows, transposedTimes } from './ops.js';

/** Rows whose logits are held at a time. */
export const CROSS_ENTROPY_ROWS = 256;

/**
 * Sum over the counted rows of `−log softmax(x · tableᵀ)[target]`, divided by `normalizer`; the tied language-model head.
 * Keeps `[rows, width]` where `x` needs a gradient and `[vocabulary, width]` where `table` does.
 *
 * @param x hidden states `[rows, width]`
 * @param table token embedding `[vocabulary, width]`
 * @param targets `[rows]` token ids, −1 where the loss does not count
 */
export function tiedCrossEntropy(
  x: tfjs.Tensor2D,
  table: tfjs.Tensor2D,
  targets: Int32Array,
  normalizer: number,
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
      for (const rows of chunks(x, targets)) {
        const part = tf.tidy(() => {
          const { loss, probabilities } = rowLosses(rows, table);
          const weight = rows.weight(1 / normalizer);
          const total = tf.sum(tf.mul(loss, weight)) as tfjs.Scalar;
          const scaled = tf.reshape(weight, [-1, 1]);
          const chosen = rows.chosen(table);
          const dx = needsX ? tf.mul(tf.sub(tf.matMul(probabilities, table), chosen), scaled) : undefined;
          let dRows: tfjs.Tensor2D | undefined;
          if (needsTable) {
            const xScaled: tfjs.Tensor2D = tf.mul(rows.x, scaled);
            const pulled = scatterRows(rows.indices, xScaled, table.shape[0]);
            dRows = tf.sub(transposedTimes(probabilities, xScaled), pulled) as tfjs.Tensor2D;
          }
          return { total, dx, dRows };
        });
        losses.push(part.total);
        if (part.dx) {
          dxs.push(part.dx as tfjs.Tensor2D);
        }
        if (part.dRows) {
          const sum: tfjs.Tensor2D = dTable ? tf.add(dTable, part.dRows) : part.dRows;
          if (dTable) {
            tf.dispose([dTable, part.dRows]);
          }
          dTable = sum;
        }
      }
      const dx = dxs.length > 1 ? (tf.concat(dxs, 0) as tfjs.Tensor2D) : dxs[0];
      return {
        value: tf.addN(losses) as tfjs.Scalar,
        save: saveWhen(
          ...(dx ? [['dx', dx, true] as const] : []),
          ...(dTable ? [['dTable', dTable, true] as const] : []),
        ),
      };
    },
  );
}

/** `[rows]` losses of each row, 0 where the target does not count. No gradient. */
export function tiedRowLosses(x: tfjs.Tensor2D, table: tfjs.Tensor2D, targets: Int32Array): tfjs.Tensor1D {
  return tf.tidy(() => {
    const parts = chunks(x, targets).map((rows) =>
      tf.tidy(() => tf.mul(rowLosses(rows, table).loss, rows.weight(1)) as tfjs.Tensor1D),
    );
    return parts.length > 1 ? (tf.concat(parts) as tfjs.Tensor1D) : parts[0]!;
  });
}

/**
 * Sum over examples of `−log softmax(logits)[label]`, divided by `normalizer`. `logits [batch, classes]`.
 * Keeps `[batch, classes]`.
 */
export function crossEntropy(logits: tfjs.Tensor2D, labels: Int32Array, normalizer: number): tfjs.Scalar {
  return fused([[logits, (dy, saved) => tf.mul(saved.gradient!, dy)]], () => {
    const hot = tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1]);
    const probabilities = tf.softmax(logits);
    const loss = tf.sum(tf.mul(tf.logSoftmax(logits), hot));
    return {
      value: tf.mul(loss, -1 / normalizer) as tfjs.Scalar,
      save: { gradient: tf.mul(tf.sub(probabilities, hot), 1 / normalizer) },
    };
  });
}

interface Rows {
  x: tfjs.Tensor2D;
  /** Targets, 0 where the row does not count (its weight is 0). */
  indices: Int32Array;
  /** `[rows]`: `value` where the row counts, else 0. */
  weight(value: number): tfjs.Tensor1D;
  /** `[rows, width]` embeddings of the targets. */
  chosen(table: tfjs.Tensor2D): tfjs.Tensor2D;
}

function chunks(x: tfjs.Tensor2D, targets: Int32Array): Rows[] {
  const [height, width] = x.shape;
  const parts: Rows[] = [];
  for (let start = 0; start < height; start += CROSS_ENTROPY_ROWS) {
    const size = Math.min(CROSS_ENTROPY_ROWS, height - start);
    const target = targets.subarray(start, start + size);
    const indices = target.map((id) => Math.max(id, 0));
    parts.push({
      x: size === height ? x : (tf.slice(x, [start, 0], [size, width]) as tfjs.Tensor2D),
      indices,
      weight: (value) => tf.tensor1d(Float32Array.from(target, (id) => (id < 0 ? 0 : value))),
      chosen: (table) => tf.gather(table, tf.tensor1d(indices, 'int32')) as tfjs.Tensor2D,
    });
  }
  return parts;
}

/**
 * `log Σ exp(logits) − logits[target]` for each row. The log-sum-exp is taken from the largest logit and its
 * probability (which is at least 1 / vocabulary), so that no probability near 0 is ever put in a logarithm.
 */
function rowLosses(rows: Rows, table: tfjs.Tensor2D): { loss: tfjs.Tensor1D; probabilities: tfjs.Tensor2D } {
  const logits: tfjs.Tensor2D = tf.matMul(rows.x, tf.transpose(table) as tfjs.Tensor2D);
  const largest = tf.max(logits, 1);
  const probabilities = tf.softmax(logits) as tfjs.Tensor2D;
  logits.dispose();
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, 1)));
  const picked = tf.sum(tf.mul(rows.x, rows.chosen(table)), 1);
  return { loss: tf.sub(logSumExp, picked) as tfjs.Tensor1D, probabilities };
}
