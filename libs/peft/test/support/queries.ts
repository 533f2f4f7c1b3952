import type { Split } from '../../src/objectives/data.js';
import { createRandom } from '../../src/tensor/random.js';

/** Tokens of a row. */
export const sequence = 6;

/** Queries of `rows` rows each, in turn: a row is relevant where its first token is large, as the first row's is. */
export function queries(size: number, rows: readonly number[], seed: number): Split {
  const random = createRandom(seed);
  const all = Array.from({ length: size }, (_, index) =>
    Array.from({ length: rows[index % rows.length]! }, (_, row) => {
      const tokens = Array.from({ length: sequence }, () => random.integer(13));
      if (row === 0) tokens[0] = 8 + random.integer(5);
      return { tokens, grade: Math.max(0, Math.floor(tokens[0]! / 4) - 1) };
    }),
  );
  return {
    size,
    batch(indices) {
      const chosen = indices.map((index) => all[index]!);
      const each = chosen.flat();
      return {
        size: each.length,
        sequence,
        inputs: Int32Array.from(each.flatMap(({ tokens }) => tokens)),
        lengths: new Int32Array(each.length).fill(sequence),
        targets: new Int32Array(0),
        values: Float32Array.from(each, ({ grade }) => grade),
        groups: Int32Array.from(chosen, (rows) => rows.length),
      };
    },
  };
}
