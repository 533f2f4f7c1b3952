/** @file Multi-head self-attention, fused: no head is repeated, and no more is saved than a needed gradient reads. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { attendsAtOnce, attentionAtOnce } from './attention-at-once.js';
import { attentionInChunks } from './attention-chunks.js';
import { attentionRows } from './chunk.js';
import { fused, saveWhen } from './fused.js';
import { type AttentionShape, join, layoutOf, maskOf, split } from './heads.js';
import { needsGradient } from './recording.js';
import { probabilitiesOf, scoreGradient } from './scores.js';

export type { AttentionShape } from './heads.js';

/**
 * Self-attention: `softmax(q·kᵀ/√d)·v` for each head of width d.
 * In causal attention padding at the end of an example needs no mask: no earlier token looks at it.
 * Long sequences, and those for which it is asked, are computed in chunks, see `attentionInChunks`.
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
  if (attendsAtOnce()) return attentionAtOnce(query, key, value, shape);
  const { rows = attentionRows(shape.sequence, shape.attention) } = shape;
  if (rows < shape.sequence) return attentionInChunks(query, key, value, { ...shape, rows });
  const layout = layoutOf(query, key, shape);
  const { heads, keyHeads } = layout;
  const { scale = 1 / Math.sqrt(query.shape[1] / heads) } = shape;
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
      const { probabilities, bent } = probabilitiesOf(q, k, hidden, shape);
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
