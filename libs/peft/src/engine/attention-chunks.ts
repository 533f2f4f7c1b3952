/**
 * @file Self-attention that holds the scores of some queries at a time: no tensor of it has as many numbers as pairs of tokens. The
 * backward pass makes the probabilities anew. A softmax is over the keys of one query, so each is whole.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused, saveWhen } from './fused.js';
import { type AttentionShape, join, type Layout, layoutOf, maskOf, type Queries, split } from './heads.js';
import { needsGradient } from './recording.js';
import { probabilitiesOf, scoreGradient } from './scores.js';

/** Query, scaled, key and value by heads. */
interface ByHeads {
  q: tfjs.Tensor4D;
  k: tfjs.Tensor4D;
  v: tfjs.Tensor4D;
}

/**
 * Computes as `attention`, `rows` queries of every example at a time. Keeps query and key, and the value where a score needs a gradient.
 */
export function attentionInChunks(
  query: tfjs.Tensor2D,
  key: tfjs.Tensor2D,
  value: tfjs.Tensor2D,
  shape: AttentionShape & { rows: number },
): tfjs.Tensor2D {
  const layout = layoutOf(query, key, shape);
  const { heads, keyHeads } = layout;
  const { scale = 1 / Math.sqrt(query.shape[1] / heads) } = shape;
  const needsScores = needsGradient(query) || needsGradient(key);
  const needsValue = needsGradient(value);
  return fused(
    [
      [query, (_, saved) => tf.mul(join(saved.dq!, heads, layout), scale)],
      [key, (_, saved) => join(saved.dk!, keyHeads, layout)],
      [value, (_, saved) => join(saved.dv!, keyHeads, layout)],
    ],
    () => {
      const q = tf.tidy(() => split(tf.mul(query, scale), heads, layout));
      const [k, v] = [split(key, keyHeads, layout), split(value, keyHeads, layout)];
      const mixed = inChunks(layout, shape.rows, (queries) => {
        const { probabilities } = probabilitiesOf(take(q, queries, layout), k, maskOf(layout, shape, queries), shape);
        return { mixed: tf.matMul(probabilities, v) };
      });
      return {
        value: join(mixed.mixed!, heads, layout),
        save: saveWhen(['q', q, true], ['k', k, true], ['v', v, needsScores]),
      };
    },
    (dy, saved) =>
      gradients(dy as tfjs.Tensor2D, saved as unknown as ByHeads, { layout, shape, needsScores, needsValue }),
  );
}

interface Needed {
  layout: Layout;
  shape: AttentionShape & { rows: number };
  needsScores: boolean;
  needsValue: boolean;
}

/** `dq` of the scaled query, `dk` and `dv`, by heads; only what is needed. */
function gradients(
  dy: tfjs.Tensor2D,
  { q, k, v }: ByHeads,
  { layout, shape, needsScores, needsValue }: Needed,
): Record<string, tfjs.Tensor> {
  const byHeads = split(dy, layout.heads, layout);
  return inChunks(
    layout,
    shape.rows,
    (queries): Record<string, tfjs.Tensor> => {
      const [own, dyOfOwn] = [take(q, queries, layout), take(byHeads, queries, layout)];
      const found = probabilitiesOf(own, k, maskOf(layout, shape, queries), shape);
      const ofValue: Record<string, tfjs.Tensor> = needsValue
        ? { dv: tf.matMul(found.probabilities, dyOfOwn, true, false) }
        : {};
      if (!needsScores) return ofValue;
      const scores = scoreGradient(dyOfOwn, { ...found, value: v }) as tfjs.Tensor4D;
      return { ...ofValue, dk: tf.matMul(scores, own, true, false), dq: tf.matMul(scores, k) };
    },
    ['dk', 'dv'],
  );
}

/**
 * Runs a step for every chunk of queries, and joins what each gives of its own.
 *
 * @param summed names of what is of all queries: it is added up
 */
function inChunks(
  { batch, sequence, keyHeads, heads }: Layout,
  rows: number,
  step: (queries: Queries) => Record<string, tfjs.Tensor>,
  summed: readonly string[] = [],
): Record<string, tfjs.Tensor> {
  const groups = heads / keyHeads;
  const sums: Record<string, tfjs.Tensor> = {};
  const parts = new Map<string, tfjs.Tensor4D[]>();
  for (let first = 0; first < sequence; first += rows) {
    const count = Math.min(rows, sequence - first);
    const made = tf.tidy(() => step({ first, count }));
    for (const [name, part] of Object.entries(made)) {
      if (summed.includes(name)) {
        const before = sums[name];
        sums[name] = before ? tf.add(before, part) : part;
        if (before) tf.dispose([before, part]);
      } else {
        const apart = tf.reshape(part, [batch * keyHeads, groups, count, -1]) as tfjs.Tensor4D;
        part.dispose();
        parts.set(name, [...(parts.get(name) ?? []), apart]);
      }
    }
  }
  const joined = [...parts].map(([name, all]) => {
    const whole = tf.concat(all, 2);
    tf.dispose(all);
    return [name, tf.reshape(whole, [batch, keyHeads, groups * sequence, -1])];
  });
  return { ...sums, ...Object.fromEntries(joined) };
}

/** The rows of some queries, of all heads. */
function take(
  x: tfjs.Tensor4D,
  { first, count }: Queries,
  { batch, sequence, keyHeads, heads }: Layout,
): tfjs.Tensor4D {
  const groups = heads / keyHeads;
  const apart = tf.reshape(x, [batch * keyHeads, groups, sequence, -1]) as tfjs.Tensor4D;
  const own = tf.slice(apart, [0, 0, first, 0], [-1, -1, count, -1]);
  return tf.reshape(own, [batch, keyHeads, groups * count, -1]) as tfjs.Tensor4D;
}
