/**
 * @file Low-rank update `ΔW = s·A·B` with both factors trained: the weight of LoRA and of everything that changes only
 * its scale or first values. Source: arXiv 2106.09685, equation 3.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerContext, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** What a low-rank part reads of its method's configuration. */
export interface LowRankConfig {
  rank: number;
}

/**
 * `y = x·W + b + s·(x·A)·B` with `A [in, rank]` and `B [rank, out]` trained.
 *
 * @param scale `s` of a configuration, e.g. `alpha / rank`.
 */
export function lowRank<C extends LowRankConfig>(scale: (config: C) => number): WeightPart<C> {
  const factors = ({ tensors, config }: LayerContext<C>) => ({
    a: tensors.lora_A as Tensor2D,
    b: tf.mul(tensors.lora_B as Tensor2D, scale(config)) as Tensor2D,
  });
  return {
    tensors: (layer, { rank }) => ({
      lora_A: { shape: [layer.in, rank], trained: true, scope: 'layer' },
      lora_B: { shape: [rank, layer.out], trained: true, scope: 'layer' },
    }),
    forward(x, base, context) {
      const { matMul } = context.products;
      const { a, b } = factors(context);
      return tf.add(base.forward(x), matMul(matMul(context.dropout(x), a), b));
    },
    kernel(base, context) {
      const { a, b } = factors(context);
      return tf.add(base.kernel, context.products.matMul(a, b));
    },
    activations: (layer, { rank }) => ({
      perRow: rank,
      fixed: rank * layer.out + 1,
      keepsInput: true,
      dropsInput: true,
    }),
  };
}
