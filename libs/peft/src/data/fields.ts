import type { Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';

export interface FieldRows {
  /** Number of rows. */
  size: number;
  /** `[size, fields]`: an id of each field. */
  ids: Int32Array;
  /** `[size]` 1 where it happened, else 0. */
  events: ArrayLike<number>;
}

/** Rows of fields as examples of whether something happens. */
export function fieldRows({ size, ids, events }: FieldRows): Split {
  const count = size === 0 ? 0 : ids.length / size;
  const answers = (indices: readonly number[]) => ({ targets: Int32Array.from(indices, (index) => events[index]!) });
  return {
    size,
    answers,
    batch(indices) {
      checkIndices(indices, size);
      const fields = new Int32Array(indices.length * count);
      indices.forEach((index, row) => {
        fields.set(ids.subarray(index * count, (index + 1) * count), row * count);
      });
      return {
        size: indices.length,
        sequence: 0,
        inputs: new Int32Array(0),
        fields,
        ...answers(indices),
        lengths: new Int32Array(0),
      };
    },
  };
}
