/** @file Examples of categorical fields as rows: one row of a table for each field, side by side. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';
import { scatterRows } from './ops.js';

/** Row `ids[i]` of `table [height, width]` → `[ids, width]`. Keeps nothing on the device. */
export function lookup(table: tfjs.Tensor2D, ids: Int32Array): tfjs.Tensor2D {
  return fused([[table, (dy) => scatterRows(ids, dy as tfjs.Tensor2D, table.shape[0])]], () => ({
    value: tf.gather(table, tf.tensor1d(ids, 'int32')),
    save: {},
  }));
}

/** `[rows, width]` matrices side by side. Keeps nothing. */
export function sideBySide(parts: readonly tfjs.Tensor2D[]): tfjs.Tensor2D {
  const rows = parts[0]!.shape[0];
  const widths = parts.map(({ shape }) => shape[1]);
  const first = (index: number) => widths.slice(0, index).reduce((sum, width) => sum + width, 0);
  return fused(
    parts.map((part, index) => [
      part,
      (dy) => tf.slice(dy as tfjs.Tensor2D, [0, first(index)], [rows, widths[index]!]),
    ]),
    () => ({ value: tf.concat2d([...parts], 1), save: {} }),
  );
}
