/** @file Self-attention of the parts of each example's row, each by itself: no score of a token with one of another part is made. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { attention } from './attention.js';
import type { AttentionShape, RowPart } from './heads.js';
import { oneAfterAnother, rowsOfEach } from './sequence.js';

/**
 * Computes as `attention` does where the tokens of every other part are hidden from a token. Parts are held one after another, each
 * chunked where its own length, or who asks, suggests it.
 *
 * @param query `[batch · sequence, heads · d]`, as `key`, `value` and the result
 * @param shape its parts take up the whole sequence, in their order
 */
export function attentionApart(
  query: tfjs.Tensor2D,
  key: tfjs.Tensor2D,
  value: tfjs.Tensor2D,
  { parts, ...shape }: Omit<AttentionShape, 'mask' | 'sequence'> & { parts: readonly RowPart[] },
): tfjs.Tensor2D {
  const { batch } = shape;
  return tf.tidy(() =>
    parts
      .map((part) =>
        tf.tidy(() => {
          const [q, k, v] = [query, key, value].map((x) => rowsOfEach(x, part, batch)) as [
            tfjs.Tensor2D,
            tfjs.Tensor2D,
            tfjs.Tensor2D,
          ];
          return attention(q, k, v, { ...shape, sequence: part.count, mask: [{ ...part, first: 0 }] });
        }),
      )
      .reduce((before, next) => oneAfterAnother(before, next, batch)),
  );
}
