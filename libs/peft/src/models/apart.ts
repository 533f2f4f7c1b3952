/**
 * @file Rows of a query and a text whose first blocks encode the two apart, as a pyramid encoder does (arXiv 2105.11108). The query has
 * the first places of every row, the text those after them, and either is padded by itself, so that both have one width in all rows.
 */
import type { RowPart } from '../engine/heads.js';

export interface Apart {
  /** In so many blocks, from the first on, a token sees those of its own part alone: the query's or the text's. */
  blocks: number;
  /** Places of a row that are the query's. */
  queryTokens: number;
  /** The title of a text stands behind the query, in its places. Default false. */
  titleWithQuery?: boolean;
}

/** Options of a trial that say how its rows are encoded. */
export interface ApartOptions {
  /** See `Apart.blocks`. Default 0. */
  apartBlocks?: number | undefined;
  /** See `Apart.queryTokens`. Absent: the text follows on the query, and all blocks read both together. */
  queryTokens?: number | undefined;
  /** See `Apart.titleWithQuery`. */
  titleWithQuery?: true | undefined;
}

/** The first tokens of each row, where rows are a query and a text. */
export interface QueryTokens {
  /** `[size]` how many are the query's, with the special tokens before it. */
  lengths: Int32Array;
  /** Special tokens that end a row. */
  after: number;
  /** `[size]` how many are the query's and its text's title, counted when they are asked for; absent: texts have no titles. */
  withTitles?(): Int32Array;
}

/** Tokens of a batch. */
interface Rows {
  size: number;
  sequence: number;
  inputs: Int32Array;
  lengths: Int32Array;
  queries?: QueryTokens;
}

export interface RowsApart {
  /** `[size, sequence]` token ids, padded within and at the end. */
  inputs: Int32Array;
  /** The query and the text. */
  parts: readonly [RowPart, RowPart];
}

/** How rows of a trial are encoded; undefined where the text follows on the query. */
export const apartOf = ({ apartBlocks = 0, queryTokens, titleWithQuery }: ApartOptions): Apart | undefined =>
  queryTokens === undefined
    ? undefined
    : { blocks: apartBlocks, queryTokens, ...(titleWithQuery && { titleWithQuery }) };

/** Options that are set, as they are written down. */
export const writtenApart = ({ apartBlocks = 0, queryTokens, titleWithQuery }: ApartOptions): ApartOptions => ({
  ...(apartBlocks > 0 && { apartBlocks }),
  ...(queryTokens !== undefined && { queryTokens }),
  ...(titleWithQuery && { titleWithQuery }),
});

/** Names how rows are encoded, for people: two that are alike have one name. */
export const apartText = ({ apartBlocks = 0, queryTokens, titleWithQuery }: ApartOptions): string =>
  `apartBlocks ${apartBlocks} and ${queryTokens === undefined ? 'no queryTokens' : `queryTokens ${queryTokens}`}${titleWithQuery ? ' with titles' : ''}`;

/** How many tokens of each row go to the query's places, were there as many. */
const leading = ({ lengths, withTitles }: QueryTokens, { titleWithQuery }: Apart): Int32Array =>
  (titleWithQuery && withTitles?.()) || lengths;

/** Widths of the query's and the text's part of rows of `sequence` tokens. */
export const partWidths = ({ queryTokens }: Apart, sequence: number): [query: number, text: number] => [
  queryTokens,
  sequence - queryTokens,
];

/**
 * Puts query and text of every row to their places. A part that is too long for them is cut, the text before the tokens that end it.
 *
 * @throws Error where the rows are no queries with a text, or have no place for one of them
 */
export function rowsApart(rows: Rows, apart: Apart): RowsApart {
  const { size, sequence, inputs, lengths, queries } = rows;
  const { queryTokens } = apart;
  if (queries === undefined) {
    throw new Error(`queryTokens is ${queryTokens}, and the rows of this batch are no queries with a text each`);
  }
  const { after } = queries;
  const splits = leading(queries, apart);
  const [, room] = partWidths(apart, sequence);
  if (room <= after) {
    throw new Error(`queryTokens ${queryTokens} leaves no place for a text in rows of ${sequence} tokens: lower it`);
  }
  const placed = new Int32Array(size * sequence);
  const ofQuery = new Int32Array(size);
  const ofText = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const own = inputs.subarray(row * sequence, row * sequence + lengths[row]!);
    const split = splits[row]!;
    const query = own.subarray(0, Math.min(split, queryTokens));
    const text = own.subarray(split);
    placed.set(query, row * sequence);
    placed.set(text.subarray(0, room), row * sequence + queryTokens);
    if (text.length > room) placed.set(own.subarray(own.length - after), (row + 1) * sequence - after);
    ofQuery[row] = query.length;
    ofText[row] = Math.min(text.length, room);
  }
  return {
    inputs: placed,
    parts: [
      { first: 0, count: queryTokens, lengths: ofQuery },
      { first: queryTokens, count: room, lengths: ofText },
    ],
  };
}

/** Where the token of the first row stands that has this place when the text follows on the query; at the end of its part if it was cut. */
export function placeApart(place: number, rows: Rows, apart: Apart): number {
  const { parts } = rowsApart(rows, apart);
  const split = leading(rows.queries!, apart)[0]!;
  const [part, within] = place < split ? [parts[0], place] : [parts[1], place - split];
  return part.first + Math.min(within, part.count - 1);
}

/** Rows of hidden states `[size · sequence, width]` that are of tokens and not of padding, as ranges `[start, end)`. */
export function tokenRanges(rows: Rows, apart: Apart | undefined): [start: number, end: number][] {
  const parts = apart ? rowsApart(rows, apart).parts : [{ first: 0, lengths: rows.lengths }];
  return parts.flatMap(({ first, lengths }) =>
    Array.from(lengths, (length, row): [number, number] => {
      const start = row * rows.sequence + first;
      return [start, start + length];
    }),
  );
}
