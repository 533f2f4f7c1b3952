import type { Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';

export interface FeatureQuery {
  query: string;
  /** Numbers of a row, as many in each of a split, and what it is called. */
  rows: readonly { features: ArrayLike<number>; grade: number; text?: string | undefined }[];
}

/**
 * Queries as units whose rows are numbers: nothing reads their words, and a baseline is told how many rows there are.
 *
 * @throws RangeError naming query and row, where a row has other numbers than the first of the split
 */
export function featureQueries(queries: readonly FeatureQuery[]): Split {
  const count = queries[0]?.rows[0]?.features.length ?? 0;
  for (const { query, rows } of queries) {
    rows.forEach(({ features }, row) => {
      if (features.length === count && Array.prototype.every.call(features, Number.isFinite)) return;
      const found = features.length === count ? 'one that is not finite' : `${features.length}`;
      throw new RangeError(`query ${JSON.stringify(query)}, row ${row}: expected ${count} numbers, got ${found}`);
    });
  }
  const rowsOf = (indices: readonly number[]) => {
    checkIndices(indices, queries.length);
    return indices.flatMap((index) => queries[index]!.rows);
  };
  const answers = (indices: readonly number[]) => ({
    targets: new Int32Array(0),
    values: Float32Array.from(rowsOf(indices), ({ grade }) => grade),
  });
  return {
    size: queries.length,
    queries: queries.map(({ query, rows }) => ({
      query,
      rows: rows.map(({ text }, row) => text ?? `row ${row + 1} of ${query}`),
    })),
    answers,
    batch(indices) {
      const rows = rowsOf(indices);
      const features = new Float32Array(rows.length * count);
      rows.forEach((row, at) => {
        features.set(row.features, at * count);
      });
      return {
        size: rows.length,
        sequence: 0,
        inputs: new Int32Array(0),
        features,
        groups: Int32Array.from(indices, (index) => queries[index]!.rows.length),
        ...answers(indices),
        lengths: new Int32Array(0),
      };
    },
  };
}
