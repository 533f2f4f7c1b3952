import type { QueryTokens } from '../models/apart.js';
import type { Batch, Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';
import { numberedTexts } from './labelled.js';
import type { TextOptions } from './text.js';

export interface GradedQuery {
  query: string;
  /** `lost`: see `Batch.lost`. */
  rows: readonly { text: string; grade: number; lost?: boolean | undefined }[];
}

/**
 * Queries as units: a row is the query and a text, one after the other, between the model's special tokens, so that the model reads
 * both together. The first line of a text is its title, where more lines follow. Otherwise as `labelledTexts`.
 *
 * @throws RangeError when the special tokens leave no room
 */
export function gradedTexts(queries: readonly GradedQuery[], options: TextOptions): Split {
  const starts: number[] = [];
  const rows = queries.flatMap(({ query, rows }) =>
    rows.map(({ text, grade }) => ({ query, text: `${query}\n${text}`, number: grade })),
  );
  const queriesOf = countingQueries((index) => rows[index]!, options);
  queries.reduce((next, { rows }) => {
    starts.push(next);
    return next + rows.length;
  }, 0);
  const of = (indices: readonly number[]) => {
    checkIndices(indices, queries.length);
    return indices.flatMap((index) => queries[index]!.rows.map((_, row) => starts[index]! + row));
  };
  const lost = Uint8Array.from(queries.flatMap(({ rows }) => rows.map((row) => (row.lost ? 1 : 0))));
  const someAreLost = lost.includes(1);
  const lostOf = (rows: readonly number[]) => (someAreLost ? { lost: Uint8Array.from(rows, (row) => lost[row]!) } : {});
  const byRow = numberedTexts(rows, { mean: 0, deviation: 1 }, options);
  return {
    size: queries.length,
    queries: queries.map(({ query, rows }) => ({ query, rows: rows.map(({ text }) => text) })),
    answers(indices) {
      const own = of(indices);
      return { ...byRow.answers!(own), ...lostOf(own) };
    },
    batch(indices) {
      const own = of(indices);
      const groups = Int32Array.from(indices, (index) => queries[index]!.rows.length);
      const batch = byRow.batch(own);
      return { ...batch, queries: queriesOf(own, batch), ...lostOf(own), groups };
    },
    lengths: (index) => of([index]).flatMap((row) => byRow.lengths!(row)),
  };
}

/** A row of a query and a text, one after the other. */
interface JoinedRow {
  query: string;
  text: string;
}

/** The query of a row and the title of its text: the first line, where more follow. */
function titled({ query, text }: JoinedRow): string {
  const end = text.indexOf('\n', query.length + 1);
  return end < 0 ? query : text.slice(0, end);
}

/** Counts the tokens of the query in rows as they were read, and of the query with its text's title. */
function countingQueries(
  rowOf: (index: number) => JoinedRow,
  { encode, frame = { before: [], after: [] } }: TextOptions,
): (indices: readonly number[], batch: Batch) => QueryTokens {
  const alone = new Map<string, ArrayLike<number>>();
  /** Queries have many rows each, and are kept; their titles are as many as the texts. */
  const tokensOf = (query: string) => {
    const tokens = alone.get(query) ?? encode(query);
    alone.set(query, tokens);
    return tokens;
  };
  const [before, after] = [frame.before.length, frame.after.length];
  return (indices, { inputs, sequence, lengths }) => {
    /** Counts what a row begins with, which stays the same where more text follows. */
    const begunWith = (tokensAt: (index: number) => ArrayLike<number>) =>
      Int32Array.from(indices, (index, row) => {
        const read = inputs.subarray(row * sequence + before, row * sequence + lengths[row]! - after);
        const tokens = tokensAt(index);
        const other = read.findIndex((token, at) => token !== tokens[at]);
        return before + (other < 0 ? read.length : other);
      });
    return {
      lengths: begunWith((index) => tokensOf(rowOf(index).query)),
      after,
      withTitles: () => begunWith((index) => encode(titled(rowOf(index)))),
    };
  };
}
