/**
 * @file Self-attention by a kernel of the engine, which takes each head through the scores of some queries at a time and holds no tensor of
 * scores. The backward pass makes the probabilities anew.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { type FormulaAttributes, hasKernel, kernelResult } from './formulas.js';
import { fused, saveWhen } from './fused.js';
import { type AttentionShape, type Layout, layoutOf, type RowPart } from './heads.js';
import { needsGradient } from './recording.js';

/** Whether the open engine has the kernel. */
export const attendsAtOnce = (): boolean => hasKernel('Attention');

/**
 * Computes as `attention`. Keeps query and key, and the value where a score needs a gradient; of none a copy.
 *
 * @param query `[batch · sequence, heads · d]`, as the result
 * @param key `[batch · keySequence, keyHeads · d]`, as `value`
 */
export function attentionAtOnce(
  query: tfjs.Tensor2D,
  key: tfjs.Tensor2D,
  value: tfjs.Tensor2D,
  shape: AttentionShape,
): tfjs.Tensor2D {
  const layout = layoutOf(query, key, shape);
  const operands = { query, key, value };
  const needs = { query: needsGradient(query), key: needsGradient(key), value: needsGradient(value) };
  const needsScores = needs.query || needs.key;
  return fused(
    [
      [query, (_, { dQuery }) => dQuery!],
      [key, (_, { dKey }) => dKey!],
      [value, (_, { dValue }) => dValue!],
    ],
    () => ({
      value: run<tfjs.Tensor2D>('Attention', operands, layout, shape),
      save: saveWhen(['query', query, true], ['key', key, true], ['value', value, needsScores]),
    }),
    (dy, saved): Record<string, tfjs.Tensor> => {
      // The gradient of the value alone reads no value: any of its shape does.
      const read = { query: saved.query!, key: saved.key!, value: saved.value ?? saved.key! };
      const more = { dy, needs };
      const [dQuery, dKey, dValue] = run<tfjs.Tensor[]>('AttentionGradient', read, layout, shape, more) as [
        tfjs.Tensor,
        tfjs.Tensor,
        tfjs.Tensor,
      ];
      return { dQuery, dKey, dValue };
    },
  );
}

type Operands = Record<'query' | 'key' | 'value', tfjs.Tensor>;

/** @param gradient that of the result, and of which operands one is asked for */
function run<Result>(
  name: 'Attention' | 'AttentionGradient',
  { query, key, value }: Operands,
  { batch, sequence, before, heads, keyHeads }: Layout,
  { mask, scale = 1 / Math.sqrt(query.shape[1]! / heads), softCap = 0, earlier = 0, window }: AttentionShape,
  gradient?: { dy: tfjs.Tensor; needs: Record<'query' | 'key' | 'value', boolean> },
): Result {
  const integers: Record<string, number> = { batch, heads, key_heads: keyHeads };
  for (const [of, isNeeded] of Object.entries(gradient?.needs ?? {})) integers[`needs_${of}`] = Number(isNeeded);
  const attributes: FormulaAttributes = { integers, floats: { scale, soft_cap: softCap } };
  return tf.tidy(() => {
    const order = tf.tensor1d([Number(mask === 'causal'), earlier, window ?? earlier + sequence], 'int32');
    const spans = spansOf(mask, batch, before);
    const operands = [query, key, value, spans, order, ...(gradient ? [gradient.dy] : [])];
    return kernelResult(name, operands, attributes) as tfjs.TensorContainer;
  }) as Result;
}

/** `[batch, parts, 2]`: the first key of each part that an example sees, and the one after its last; none where all are seen, and in causal attention. */
function spansOf(mask: AttentionShape['mask'], batch: number, before: number): tfjs.Tensor3D {
  const isWhole = ({ count, lengths }: RowPart) => lengths.every((length) => length === count);
  if (typeof mask === 'string' || mask.every(isWhole)) return tf.tensor3d([], [0, 0, 2], 'int32');
  const spans = Array.from({ length: batch }, (_, example) => [
    0,
    before,
    ...mask.flatMap(({ first, lengths }) => [before + first, before + first + lengths[example]!]),
  ]);
  return tf.tensor3d(spans.flat(), [batch, mask.length + 1, 2], 'int32');
}
