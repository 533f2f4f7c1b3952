/**
 * @file Softmax cross-entropy that never holds the logits of a whole batch. Rows are taken in chunks; the gradient of
 * a chunk is formed while its probabilities are there, so that between forward and backward only a gradient of the
 * size of the hidden states is kept (and one of the size of the projection where that is trained).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { needsGradient } from './autograd.js';
import { crossEntropyRows } from './chunk.js';
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
      for (const rows of chunks(x, table, targets)) {
        const part = tf.tidy(() => {
          const held = rows.open();
          const { loss, probabilities } = rowLosses(held, table);
          const weight = rows.weight(1 / normalizer);
          const gradient = { ...held, probabilities, scale: tf.reshape(weight, [-1, 1]) };
          return {
            total: tf.sum(tf.mul(loss, weight)) as tfjs.Scalar,
            dx: needsX ? hiddenGradient(gradient, table) : undefined,
            dTable: needsTable ? tableGradient(gradient, rows.indices, table.shape[0], dTable) : undefined,
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

interface GradientOfRows extends OpenRows {
  probabilities: tfjs.Tensor2D;
  /** `[rows, 1]`: 1 / normalizer where the row counts, else 0. */
  scale: tfjs.Tensor;
}

/** `(P − hot)·table` scaled by row, without forming the one-hot matrix. */
function hiddenGradient({ probabilities, chosen, scale }: GradientOfRows, table: tfjs.Tensor2D): tfjs.Tensor2D {
  return tf.tidy(() => tf.mul(tf.sub(tf.matMul(probabilities, table), chosen), scale));
}

/** `(P − hot)ᵀ·(x scaled by row)`, added to `sum`. */
function tableGradient(
  { x, probabilities, scale }: GradientOfRows,
  indices: Int32Array,
  height: number,
  sum: tfjs.Tensor2D | undefined,
): tfjs.Tensor2D {
  return tf.tidy(() => {
    const scaled: tfjs.Tensor2D = tf.mul(x, scale);
    const pushed = tf.tidy(() => transposedTimes(probabilities, scaled));
    const pulled = scatterRows(indices, scaled, height);
    const difference: tfjs.Tensor2D = tf.sub(pushed, pulled);
    tf.dispose([pushed, pulled]);
    return sum ? tf.add(sum, difference) : difference;
  });
}

/** `[rows]` losses of each row, 0 where the target does not count. No gradient. */
export function tiedRowLosses(x: tfjs.Tensor2D, table: tfjs.Tensor2D, targets: Int32Array): tfjs.Tensor1D {
  return tf.tidy(() => {
    const parts = chunks(x, table, targets).map((rows) =>
      tf.tidy(() => tf.mul(rowLosses(rows.open(), table).loss, rows.weight(1)) as tfjs.Tensor1D),
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

/** A chunk of rows. */
interface Rows {
  /** Targets, 0 where the row does not count (its weight is 0). */
  indices: Int32Array;
  /** `[rows]`: `value` where the row counts, else 0. */
  weight(value: number): tfjs.Tensor1D;
  /** Its tensors, made anew: one chunk's at a time. */
  open(): OpenRows;
}

interface OpenRows {
  /** `[rows, width]` hidden states. */
  x: tfjs.Tensor2D;
  /** `[rows, width]` embeddings of the targets. */
  chosen: tfjs.Tensor2D;
}

function chunks(x: tfjs.Tensor2D, table: tfjs.Tensor2D, targets: Int32Array): Rows[] {
  const [height, width] = x.shape;
  const size = crossEntropyRows(table.shape[0]);
  return Array.from({ length: Math.ceil(height / size) }, (_, chunk) => {
    const start = chunk * size;
    const target = targets.subarray(start, start + size);
    const indices = target.map((id) => Math.max(id, 0));
    return {
      indices,
      weight: (value) => tf.tensor1d(Float32Array.from(target, (id) => (id < 0 ? 0 : value))),
      open: () => ({
        x: target.length === height ? x : tf.slice(x, [start, 0], [target.length, width]),
        chosen: tf.gather(table, tf.tensor1d(indices, 'int32')),
      }),
    };
  });
}

/**
 * `log Σ exp(logits) − logits[target]` for each row. The log-sum-exp is taken from the largest logit and its
 * probability (which is at least 1 / vocabulary), so that no probability near 0 is ever put in a logarithm.
 */
function rowLosses(
  { x, chosen }: OpenRows,
  table: tfjs.Tensor2D,
): { loss: tfjs.Tensor1D; probabilities: tfjs.Tensor2D } {
  const logits = tf.tidy(() => timesTransposed(x, table));
  const largest = tf.max(logits, 1);
  const probabilities: tfjs.Tensor2D = tf.softmax(logits);
  logits.dispose();
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, 1)));
  const picked = tf.tidy(() => tf.sum(tf.mul(x, chosen), 1));
  return { loss: tf.sub(logSumExp, picked), probabilities };
}
