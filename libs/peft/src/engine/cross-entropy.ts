/**
 * @file Softmax cross-entropy that never holds the logits of a whole batch. Rows are taken in chunks; the gradient of
 * a chunk is formed while its probabilities are there, so that between forward and backward only a gradient of the
 * size of the hidden states is kept (and one of the size of the projection where that is trained).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { crossEntropyRows } from './chunk.js';
import { fused, saveWhen } from './fused.js';
import { scatterRows } from './ops.js';
import { timesTable, transposedTimes } from './products.js';
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
      for (const rows of chunks(x, table, targets)) {
        const part = tf.tidy(() => {
          const held = rows.open();
          const { loss, ...bent } = rowLosses(held, table, softCap);
          const weight = rows.weight(1 / normalizer);
          const gradient = { ...held, ...throughBend(bent), scale: tf.reshape(weight, [-1, 1]) };
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
  /** `[rows, vocabulary]` probabilities, times the slopes of bent logits. */
  pushed: tfjs.Tensor2D;
  /** `[rows, 1]` slope of the target's logit, where logits are bent. */
  slope: tfjs.Tensor2D | undefined;
  /** `[rows, 1]`: 1 / normalizer where the row counts, else 0. */
  scale: tfjs.Tensor;
}

/** `(P − hot)·table` scaled by row, without forming the one-hot matrix. */
function hiddenGradient({ pushed, chosen, slope, scale }: GradientOfRows, table: tfjs.Tensor2D): tfjs.Tensor2D {
  return tf.tidy(() => tf.mul(tf.sub(tf.matMul(pushed, table), slope ? tf.mul(chosen, slope) : chosen), scale));
}

/** `(P − hot)ᵀ·(x scaled by row)`, added to `sum`. */
function tableGradient(
  { x, pushed, slope, scale }: GradientOfRows,
  indices: Int32Array,
  height: number,
  sum: tfjs.Tensor2D | undefined,
): tfjs.Tensor2D {
  return tf.tidy(() => {
    const scaled: tfjs.Tensor2D = tf.mul(x, scale);
    const away = tf.tidy(() => transposedTimes(pushed, scaled));
    const towards = scatterRows(indices, slope ? tf.mul(scaled, slope) : scaled, height);
    const difference: tfjs.Tensor2D = tf.sub(away, towards);
    tf.dispose([away, towards]);
    return sum ? tf.add(sum, difference) : difference;
  });
}

/** `[rows]` losses of each row, 0 where the target does not count. No gradient. */
export function tiedRowLosses(
  x: tfjs.Tensor2D,
  table: tfjs.Tensor2D,
  targets: Int32Array,
  softCap?: number,
): tfjs.Tensor1D {
  return tf.tidy(() => {
    const parts = chunks(x, table, targets).map((rows) =>
      tf.tidy(() => tf.mul(rowLosses(rows.open(), table, softCap).loss, rows.weight(1)) as tfjs.Tensor1D),
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
  softCap?: number,
): BentRows & { loss: tfjs.Tensor1D } {
  const products = timesTable(x, table);
  const ofTargets = tf.tidy(() => tf.sum(tf.mul(x, chosen), 1, true) as tfjs.Tensor2D);
  const bend = (logits: tfjs.Tensor2D) =>
    chain(
      logits,
      (t) => tf.mul(t, 1 / softCap!),
      (t) => tf.tanh(t),
    ) as tfjs.Tensor2D;
  const bent = softCap === undefined ? undefined : { all: bend(products), targets: bend(ofTargets) };
  const logits = bent ? (tf.mul(bent.all, softCap!) as tfjs.Tensor2D) : products;
  const picked = bent ? tf.mul(bent.targets, softCap!) : ofTargets;
  const largest = tf.max(logits, 1);
  const probabilities: tfjs.Tensor2D = tf.softmax(logits);
  logits.dispose();
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, 1)));
  return { loss: tf.sub(logSumExp, tf.reshape(picked, [-1])), probabilities, bent };
}

interface BentRows {
  probabilities: tfjs.Tensor2D;
  /** `tanh(logit / cap)` of every token `[rows, vocabulary]`, and of the targets `[rows, 1]`. */
  bent: { all: tfjs.Tensor2D; targets: tfjs.Tensor2D } | undefined;
}

/** The slope that makes the gradient of bent logits that of the products: `1 − tanh²`. Takes the place of what it reads. */
function throughBend({ probabilities, bent }: BentRows): Pick<GradientOfRows, 'pushed' | 'slope'> {
  if (bent === undefined) return { pushed: probabilities, slope: undefined };
  const slopeOf = (tanh: tfjs.Tensor2D) =>
    chain(
      tanh,
      (t) => tf.square(t),
      (t) => tf.sub(1, t),
    ) as tfjs.Tensor2D;
  const slopes = slopeOf(bent.all);
  const pushed = tf.mul(probabilities, slopes) as tfjs.Tensor2D;
  tf.dispose([probabilities, slopes]);
  return { pushed, slope: slopeOf(bent.targets) };
}
