/** @file Multi-head self-attention, fused: no head is repeated, and no more is saved than a needed gradient reads. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { needsGradient } from './recording.js';

/** How rows of an activation are laid out: row `b · sequence + s` is token `s` of example `b`. */
export interface AttentionShape {
  batch: number;
  /** Length of the queries. Keys and values may have more rows: those that come before are seen by every query. */
  sequence: number;
  heads: number;
  /** Heads of keys and values, which divide `heads`: each serves `heads / keyHeads` queries in a row. Default `heads`. */
  keyHeads?: number;
  /** `causal`: no token sees a later one. `lengths`: every token sees the first `lengths[b]` of its example. */
  mask: 'causal' | 'none' | { lengths: Int32Array };
  /** In causal attention a query sees so many keys at most, its own and those right before it. Default: all. */
  window?: number | undefined;
  /** The last so many keys before the queries' own are earlier tokens of the same examples, which a window counts. Default 0. */
  earlier?: number | undefined;
  /** A number that scores are multiplied by. Default `1/√d`. */
  scale?: number | undefined;
  /** Scores are bent to `cap · tanh(score / cap)`, so that none is larger (arXiv 2408.00118). Default: they are not. */
  softCap?: number | undefined;
}

/**
 * Self-attention: `softmax(q·kᵀ/√d)·v` for each head of width d.
 * In causal attention padding at the end of an example needs no mask: no earlier token looks at it.
 * Keeps the probabilities `[batch, heads, sequence, keySequence]`, with a soft cap as many bent scores, and of query, key and
 * value those that another's gradient reads.
 *
 * @param query `[batch · sequence, heads · d]`, as the result
 * @param key `[batch · keySequence, keyHeads · d]`, as `value`
 */
export function attention(
  query: tfjs.Tensor2D,
  key: tfjs.Tensor2D,
  value: tfjs.Tensor2D,
  shape: AttentionShape,
): tfjs.Tensor2D {
  const layout = layoutOf(query, key, shape);
  const { heads, keyHeads } = layout;
  const { softCap, scale = 1 / Math.sqrt(query.shape[1] / heads) } = shape;
  const needsScores = needsGradient(query) || needsGradient(key);
  return fused(
    [
      [query, (_, saved) => tf.mul(join(tf.matMul(saved.scores!, saved.key!), heads, layout), scale)],
      [key, (_, saved) => join(tf.matMul(saved.scores!, saved.query!, true, false), keyHeads, layout)],
      [
        value,
        (dy, saved) => join(tf.matMul(saved.probabilities!, split(dy, heads, layout), true, false), keyHeads, layout),
      ],
    ],
    () => {
      const q = split(tf.mul(query, scale), heads, layout);
      const k = split(key, keyHeads, layout);
      const v = split(value, keyHeads, layout);
      const hidden = maskOf(layout, shape);
      const bent =
        softCap === undefined
          ? undefined
          : chain(
              tf.matMul(q, k, false, true),
              (scores) => tf.mul(scores, 1 / softCap),
              (scores) => tf.tanh(scores),
            );
      const probabilities = chain(
        bent ? tf.mul(bent, softCap!) : tf.matMul(q, k, false, true),
        ...(hidden ? [(scores: tfjs.Tensor) => tf.add(scores, hidden)] : []),
        (scores) => tf.softmax(scores),
      );
      return {
        value: join(tf.matMul(probabilities, v), heads, layout),
        save: saveWhen(
          ['query', q, needsGradient(key)],
          ['key', k, needsGradient(query)],
          ['value', v, needsScores],
          ['probabilities', probabilities, true],
          ...(bent ? [['bent', bent, needsScores] as const] : []),
        ),
      };
    },
    (dy, saved): Record<string, tfjs.Tensor> =>
      needsScores ? { scores: scoreGradient(split(dy, heads, layout), saved) } : {},
  );
}

interface Layout {
  batch: number;
  sequence: number;
  /** Rows of keys before the first query's own. */
  before: number;
  heads: number;
  keyHeads: number;
}

/** @throws Error where heads are not shared evenly */
function layoutOf(query: tfjs.Tensor2D, key: tfjs.Tensor2D, shape: AttentionShape): Layout {
  const { batch, sequence, heads, keyHeads = heads } = shape;
  if (heads % keyHeads !== 0 || query.shape[1] * keyHeads !== key.shape[1] * heads) {
    throw new Error(
      `${heads} heads of width ${query.shape[1] / heads} cannot share ${keyHeads} of ${key.shape[1] / keyHeads}`,
    );
  }
  return { batch, sequence, before: key.shape[0] / batch - sequence, heads, keyHeads };
}

/** Gradient of the scores before the softmax, and before they are bent. `dy` and `value` are split by heads. */
function scoreGradient(dy: tfjs.Tensor4D, { probabilities, value, bent }: Record<string, tfjs.Tensor>): tfjs.Tensor {
  const weighted = chain(tf.matMul(dy, value as tfjs.Tensor4D, false, true), (t) => tf.mul(t, probabilities!));
  const total = tf.sum(weighted, 3, true);
  const mean = tf.mul(probabilities!, total);
  const difference = tf.sub(weighted, mean);
  tf.dispose([weighted, mean]);
  if (bent === undefined) return difference;
  // d tanh = 1 − tanh²
  const slope = chain(tf.square(bent), (t) => tf.sub(1, t));
  const before = tf.mul(difference, slope);
  tf.dispose([difference, slope]);
  return before;
}

/**
 * `[batch · rows, heads · d]` → `[batch, keyHeads, heads / keyHeads · rows, d]`: queries that share a key's head lie under
 * each other, so that one product serves them and its transpose sums their gradients.
 */
function split(x: tfjs.Tensor, heads: number, { batch, keyHeads }: Layout): tfjs.Tensor4D {
  const rows = x.shape[0]! / batch;
  const byHead = tf.transpose(tf.reshape(x, [batch, rows, heads, -1]), [0, 2, 1, 3]);
  return tf.reshape(byHead, [batch, keyHeads, (heads / keyHeads) * rows, -1]);
}

/** The inverse of `split`. */
function join(x: tfjs.Tensor, heads: number, { batch, keyHeads }: Layout): tfjs.Tensor2D {
  const rows = (x.shape[2]! * keyHeads) / heads;
  const byHead = tf.reshape(x, [batch, heads, rows, -1]);
  return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [batch * rows, -1]);
}

/** Numbers that are added to the scores: 0 where a query sees a key, −1e9 elsewhere. Undefined where every query sees all. */
function maskOf(layout: Layout, { mask, window, earlier = 0 }: AttentionShape): tfjs.Tensor | undefined {
  if (mask === 'none') {
    return undefined;
  }
  if (mask !== 'causal') return paddingMask(layout, mask.lengths);
  // A token by itself sees all that came before it.
  if (layout.sequence === 1 && (window === undefined || earlier < window)) return undefined;
  return causalMask(layout, { window, earlier });
}

/** `[heads / keyHeads · sequence, keySequence]`. Keys before the sequence that are no earlier tokens are in every window. */
function causalMask(
  { sequence, before, heads, keyHeads }: Layout,
  { earlier, window = earlier + sequence }: { earlier: number; window?: number | undefined },
): tfjs.Tensor2D {
  const keys = before + sequence;
  const one = new Float32Array(sequence * keys);
  for (let row = 0; row < sequence; row++) {
    const own = row * keys + before;
    const first = own - earlier;
    one.fill(-1e9, first, first + Math.max(0, earlier + row - window + 1));
    one.fill(-1e9, own + row + 1, (row + 1) * keys);
  }
  const groups = heads / keyHeads;
  const all = new Float32Array(groups * one.length);
  for (let group = 0; group < groups; group++) {
    all.set(one, group * one.length);
  }
  return tf.tensor2d(all, [groups * sequence, keys]);
}

/** `[batch, 1, 1, keySequence]` */
function paddingMask({ batch, sequence, before }: Layout, lengths: Int32Array): tfjs.Tensor4D | undefined {
  if (lengths.every((length) => length === sequence)) {
    return undefined;
  }
  const keys = before + sequence;
  const values = new Float32Array(batch * keys);
  lengths.forEach((length, example) => {
    values.fill(-1e9, example * keys + before + length, (example + 1) * keys);
  });
  return tf.tensor4d(values, [batch, 1, 1, keys]);
}
