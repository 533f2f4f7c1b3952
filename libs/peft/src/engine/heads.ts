/** @file How the heads of an attention lie in memory, and what of the keys a query sees. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import type { AttentionChoice } from './chunk.js';

/** How rows of an activation are laid out: row `b · sequence + s` is token `s` of example `b`. */
export interface AttentionShape {
  batch: number;
  /** Length of the queries. Keys and values may have more rows: those that come before are seen by every query. */
  sequence: number;
  heads: number;
  /** Heads of keys and values, which divide `heads`: each serves `heads / keyHeads` queries in a row. Default `heads`. */
  keyHeads?: number;
  /** `causal`: no token sees a later one. Otherwise every token sees the tokens of its example that are no padding. */
  mask: 'causal' | 'none' | readonly RowPart[];
  /** In causal attention a query sees so many keys at most, its own and those right before it. Default: all. */
  window?: number | undefined;
  /** The last so many keys before the queries' own are earlier tokens of the same examples, which a window counts. Default 0. */
  earlier?: number | undefined;
  /** A number that scores are multiplied by. Default `1/√d`. */
  scale?: number | undefined;
  /** Scores are bent to `cap · tanh(score / cap)`, so that none is larger (arXiv 2408.00118). Default: they are not. */
  softCap?: number | undefined;
  /** Whether scores of all queries are held at once. Default: as the length suggests. */
  attention?: AttentionChoice | undefined;
  /** Queries of an example whose scores are held at a time. Default: `attentionRows` of sequence and `attention`. */
  rows?: number | undefined;
}

/** Places of every example's row, from `first` on, that hold a part of it and end with padding. */
export interface RowPart {
  first: number;
  count: number;
  /** `[batch]` tokens of each example's part. */
  lengths: Int32Array;
}

export interface Layout {
  batch: number;
  sequence: number;
  /** Rows of keys before the first query's own. */
  before: number;
  heads: number;
  keyHeads: number;
}

/** @throws Error where heads are not shared evenly */
export function layoutOf(query: tfjs.Tensor2D, key: tfjs.Tensor2D, shape: AttentionShape): Layout {
  const { batch, sequence, heads, keyHeads = heads } = shape;
  if (heads % keyHeads !== 0 || query.shape[1] * keyHeads !== key.shape[1] * heads) {
    throw new Error(
      `${heads} heads of width ${query.shape[1] / heads} cannot share ${keyHeads} of ${key.shape[1] / keyHeads}`,
    );
  }
  return { batch, sequence, before: key.shape[0] / batch - sequence, heads, keyHeads };
}

/**
 * `[batch · rows, heads · d]` → `[batch, keyHeads, heads / keyHeads · rows, d]`: queries that share a key's head lie under
 * each other, so that one product serves them and its transpose sums their gradients.
 */
export function split(x: tfjs.Tensor, heads: number, { batch, keyHeads }: Layout): tfjs.Tensor4D {
  const rows = x.shape[0]! / batch;
  const byHead = tf.transpose(tf.reshape(x, [batch, rows, heads, -1]), [0, 2, 1, 3]);
  return tf.reshape(byHead, [batch, keyHeads, (heads / keyHeads) * rows, -1]);
}

/** The inverse of `split`. */
export function join(x: tfjs.Tensor, heads: number, { batch, keyHeads }: Layout): tfjs.Tensor2D {
  const rows = (x.shape[2]! * keyHeads) / heads;
  const byHead = tf.reshape(x, [batch, heads, rows, -1]);
  return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [batch * rows, -1]);
}

/** Queries of every example: so many from the first on. */
export interface Queries {
  first: number;
  count: number;
}

/** Numbers that are added to the scores of some queries: 0 where one sees a key, −1e9 elsewhere. Undefined where every query sees all. */
export function maskOf(
  layout: Layout,
  { mask, window, earlier = 0 }: AttentionShape,
  queries: Queries = { first: 0, count: layout.sequence },
): tfjs.Tensor | undefined {
  if (mask === 'none') {
    return undefined;
  }
  if (mask !== 'causal') return paddingMask(layout, mask);
  // A token by itself sees all that came before it.
  if (layout.sequence === 1 && (window === undefined || earlier < window)) return undefined;
  return causalMask(layout, { window, earlier, ...queries });
}

/** `[heads / keyHeads · count, keySequence]`. Keys before the sequence that are no earlier tokens are in every window. */
function causalMask(
  { sequence, before, heads, keyHeads }: Layout,
  {
    earlier,
    window = earlier + sequence,
    first: firstQuery,
    count,
  }: { earlier: number; window?: number | undefined } & Queries,
): tfjs.Tensor2D {
  const keys = before + sequence;
  const one = new Float32Array(count * keys);
  for (let row = 0; row < count; row++) {
    const query = firstQuery + row;
    const own = row * keys + before;
    const first = own - earlier;
    one.fill(-1e9, first, first + Math.max(0, earlier + query - window + 1));
    one.fill(-1e9, own + query + 1, (row + 1) * keys);
  }
  const groups = heads / keyHeads;
  const all = new Float32Array(groups * one.length);
  for (let group = 0; group < groups; group++) {
    all.set(one, group * one.length);
  }
  return tf.tensor2d(all, [groups * count, keys]);
}

/** `[batch, 1, 1, keySequence]` */
function paddingMask({ batch, sequence, before }: Layout, parts: readonly RowPart[]): tfjs.Tensor4D | undefined {
  if (parts.every(({ count, lengths }) => lengths.every((length) => length === count))) {
    return undefined;
  }
  const keys = before + sequence;
  const values = new Float32Array(batch * keys);
  for (const { first, count, lengths } of parts) {
    lengths.forEach((length, example) => {
      const start = example * keys + before + first;
      values.fill(-1e9, start + length, start + count);
    });
  }
  return tf.tensor4d(values, [batch, 1, 1, keys]);
}
