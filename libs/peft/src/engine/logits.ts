/** @file Logits of a few rows of hidden states. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { scaled, tanh } from './activations.js';
import { fused, saveWhen } from './fused.js';
import { scatterRows } from './ops.js';
import { timesTable, transposedTimes } from './products.js';
import { needsGradient } from './recording.js';

/**
 * `x[rows] · tableᵀ`, bent to `cap · tanh(logit / cap)` where there is a soft cap.
 * Keeps `[rows, width]` where the table needs a gradient, and with a soft cap `[rows, vocabulary]`.
 *
 * @param x hidden states `[tokens, width]`
 * @param table token embedding `[vocabulary, width]`
 * @param rows indices of the tokens
 */
export function tiedLogits(x: tfjs.Tensor2D, table: tfjs.Tensor2D, rows: Int32Array, softCap?: number): tfjs.Tensor2D {
  if (softCap !== undefined) {
    return tf.tidy(() => scaled(tanh(scaled(tiedLogits(x, table, rows), 1 / softCap)), softCap));
  }
  return fused(
    [
      [x, (dy, saved) => scatterRows(rows, tf.matMul(dy as tfjs.Tensor2D, saved.table as tfjs.Tensor2D), x.shape[0])],
      [table, (dy, saved) => transposedTimes(dy, saved.x!)],
    ],
    () => {
      const chosen = tf.gather(x, tf.tensor1d(rows, 'int32'));
      return {
        value: timesTable(chosen, table),
        // A table that was made for this pass ends with its scope.
        save: saveWhen(['x', chosen, needsGradient(table)], ['table', table, needsGradient(x)]),
      };
    },
  );
}
