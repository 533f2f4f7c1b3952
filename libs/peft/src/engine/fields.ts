/** @file Examples of fields as rows: of categorical ones a row of a table for each, side by side; of numbers, the numbers. */
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

/** Numbers of `size` examples → `[size, count]`, zeros after those that an example has. */
export function featureRows(features: Float32Array, size: number, count: number): tfjs.Tensor2D {
  const held = features.length / size;
  if (held === count) return tf.tensor2d(features, [size, count]);
  const values = new Float32Array(size * count);
  for (let row = 0; row < size; row++) values.set(features.subarray(row * held, (row + 1) * held), row * count);
  return tf.tensor2d(values, [size, count]);
}
