/** @file Cross-entropy of some rows by operations, which never form the matrix of targets. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import type { LossAndGradients, LossOfRows, NeededGradients, Rows } from './cross-entropy-rows.js';
import { scatterRows } from './ops.js';
import { timesTable, transposedTimes } from './products.js';

/** Holds the logits and the probabilities of the rows at once. */
export function lossApart(
  rows: Rows,
  { table, weight, softCap }: LossOfRows,
  { needsX, needsTable, sum }: NeededGradients,
): LossAndGradients {
  const held = open(rows, table);
  const { loss, ...bent } = rowLosses(held, table, softCap);
  const weights = rows.weights(weight);
  const gradient = { ...held, ...throughBend(bent), scale: tf.reshape(weights, [-1, 1]) };
  return {
    total: tf.sum(tf.mul(loss, weights)) as tfjs.Scalar,
    dx: needsX ? hiddenGradient(gradient, table) : undefined,
    dTable: needsTable ? tableGradient(gradient, rows.indices, table.shape[0], sum) : undefined,
  };
}

/** `[rows]` losses of each row times its weight. */
export const lossesApart = (rows: Rows, { table, weight, softCap }: LossOfRows): tfjs.Tensor1D =>
  tf.mul(rowLosses(open(rows, table), table, softCap).loss, rows.weights(weight)) as tfjs.Tensor1D;

const open = (rows: Rows, table: tfjs.Tensor2D): OpenRows => ({
  x: rows.hidden(),
  chosen: tf.gather(table, tf.tensor1d(rows.indices, 'int32')),
});

interface OpenRows {
  /** `[rows, width]` hidden states. */
  x: tfjs.Tensor2D;
  /** `[rows, width]` embeddings of the targets. */
  chosen: tfjs.Tensor2D;
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
