/** @file A small square matrix trained between two thin factors of which the first is frozen. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerContext, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import type { LowRankConfig } from './low-rank.js';

interface Core<C> {
  /** The update is multiplied by this. */
  scale(config: C): number;
  /** Whether the second factor is trained too. Default: frozen. */
  trainsB?: true;
}

/** `y = x·W + b + s·((x·A)·R)·B`: `lora_A [in, rank]` frozen, `lora_R [rank, rank]` trained, `lora_B [rank, out]`. */
export function core<C extends LowRankConfig>({ scale, trainsB }: Core<C>): WeightPart<C> {
  const factors = ({ tensors, config }: LayerContext<C>) => ({
    a: tensors.lora_A as Tensor2D,
    r: tf.mul(tensors.lora_R as Tensor2D, scale(config)) as Tensor2D,
    b: tensors.lora_B as Tensor2D,
  });
  return {
    tensors: (layer, { rank }) => ({
      lora_A: { shape: [layer.in, rank], trained: false, scope: 'layer' },
      lora_R: { shape: [rank, rank], trained: true, scope: 'layer' },
      lora_B: { shape: [rank, layer.out], trained: trainsB ?? false, scope: 'layer' },
    }),
    forward(x, base, context) {
      const { matMul } = context.products;
      const { a, r, b } = factors(context);
      return tf.add(base.forward(x), matMul(matMul(matMul(context.dropout(x), a), r), b));
    },
    kernel(base, context) {
      const { matMul } = context.products;
      const { a, r, b } = factors(context);
      return tf.add(base.kernel, matMul(matMul(a, r), b));
    },
    lowRank: {
      rank: (_, { rank }) => rank,
      factors(_, context) {
        const { a, r, b } = factors(context);
        return { a, b: context.products.matMul(r, b) };
      },
      frozenA: true,
    },
    linear: () => !trainsB,
    multiplies: (layer, { rank }) => [
      { columns: rank, of: ['lora_A'] },
      { columns: rank, of: ['lora_R'] },
      { columns: layer.out, of: ['lora_B'] },
    ],
    activations: (_, { rank }) => ({
      perRow: trainsB ? 2 * rank : rank,
      fixed: rank * rank + 1,
      dropsInput: true,
    }),
  };
}
