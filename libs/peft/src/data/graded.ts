import type { Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';
import { numberedTexts } from './labelled.js';
import type { TextOptions } from './text.js';

export interface GradedQuery {
  query: string;
  rows: readonly { text: string; grade: number }[];
}

/**
 * Queries as units: a row is the query and a text, one after the other, between the model's special tokens, so that the model reads
 * both together. Otherwise as `labelledTexts`.
 *
 * @throws RangeError when the special tokens leave no room
 */
export function gradedTexts(queries: readonly GradedQuery[], options: TextOptions): Split {
  const starts: number[] = [];
  const rows = queries.flatMap(({ query, rows }) =>
    rows.map(({ text, grade }) => ({ text: `${query}\n${text}`, number: grade })),
  );
  queries.reduce((next, { rows }) => {
    starts.push(next);
    return next + rows.length;
  }, 0);
  const of = (indices: readonly number[]) => {
    checkIndices(indices, queries.length);
    return indices.flatMap((index) => queries[index]!.rows.map((_, row) => starts[index]! + row));
  };
  const byRow = numberedTexts(rows, { mean: 0, deviation: 1 }, options);
  return {
    size: queries.length,
    answers: (indices) => byRow.answers!(of(indices)),
    batch: (indices) => ({
      ...byRow.batch(of(indices)),
      groups: Int32Array.from(indices, (index) => queries[index]!.rows.length),
    }),
  };
}
