/**
 * @file Softmax cross-entropy that never holds the logits of a whole batch. Rows are taken in chunks; the gradient of
 * a chunk is formed while its probabilities are there, so that between forward and backward only a gradient of the
 * size of the hidden states is kept (and one of the size of the projection where that is trained).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { needsGradient } from './autograd.js';
import { CROSS_ENTROPY_ROWS } from './chunk.js';
import { fused, saveWhen } from './fused.js';
import { scatterRows, timesTransposed, transposedTimes } from './ops.js';

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
          const scaled = tf.reshape(weight, [-1, 1]);
          return {
            total: tf.sum(tf.mul(loss, weight)) as tfjs.Scalar,
            dx: needsX ? hiddenGradient(rows, table, probabilities, scaled) : undefined,
            dTable: needsTable ? tableGradient(rows, table, probabilities, scaled, dTable) : undefined,
          };
        });
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

/** `(P − hot)·table` scaled by row, without forming the one-hot matrix. */
function hiddenGradient(
  rows: Rows,
  table: tfjs.Tensor2D,
  probabilities: tfjs.Tensor2D,
  scale: tfjs.Tensor,
): tfjs.Tensor2D {
  return tf.tidy(() => tf.mul(tf.sub(tf.matMul(probabilities, table), rows.chosen(table)), scale));
}

/** `(P − hot)ᵀ·(x scaled by row)`, added to `sum`. */
function tableGradient(
  rows: Rows,
  table: tfjs.Tensor2D,
  probabilities: tfjs.Tensor2D,
  scale: tfjs.Tensor,
  sum: tfjs.Tensor2D | undefined,
): tfjs.Tensor2D {
  return tf.tidy(() => {
    const x: tfjs.Tensor2D = tf.mul(rows.x, scale);
    const pushed = tf.tidy(() => transposedTimes(probabilities, x));
    const pulled = scatterRows(rows.indices, x, table.shape[0]);
    const difference: tfjs.Tensor2D = tf.sub(pushed, pulled);
    tf.dispose([pushed, pulled]);
    return sum ? tf.add(sum, difference) : difference;
  });
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
  const logits = tf.tidy(() => timesTransposed(rows.x, table));
  const largest = tf.max(logits, 1);
  const probabilities = tf.softmax(logits) as tfjs.Tensor2D;
  logits.dispose();
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, 1)));
  const picked = tf.sum(tf.mul(rows.x, rows.chosen(table)), 1);
  return { loss: tf.sub(logSumExp, picked) as tfjs.Tensor1D, probabilities };
}
