/** @file A low-rank update with a number for each rank: `ΔW = s·A·diag(g)·B`, all trained. A rank whose number is 0 is not there. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerContext, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

interface Gated<C> {
  /** Name of `g`. */
  gate: string;
  /** Ranks of a layer, those whose gate is 0 included. */
  rank(config: C): number;
  /** `s`: a number, or a scalar made of the layer's tensors. */
  scale(context: LayerContext<C>): number | Tensor;
}

/** `y = x·W + b + ((x·A) ⊙ s·g)·B`: `lora_A [in, rank]`, `g [rank]`, `lora_B [rank, out]`. */
export function gated<C>({ gate, rank, scale }: Gated<C>): WeightPart<C> {
  const parts = (context: LayerContext<C>) => ({
    a: context.tensors.lora_A as Tensor2D,
    g: tf.mul(context.tensors[gate] as Tensor1D, scale(context)),
    b: context.tensors.lora_B as Tensor2D,
  });
  return {
    tensors: (layer, config) => ({
      lora_A: { shape: [layer.in, rank(config)], trained: true, scope: 'layer', side: 'input' },
      [gate]: { shape: [rank(config)], trained: true, scope: 'layer' },
      lora_B: { shape: [rank(config), layer.out], trained: true, scope: 'layer', side: 'output' },
    }),
    forward(x, base, context) {
      const { matMul } = context.products;
      const { a, g, b } = parts(context);
      const scaled = tf.mul(matMul(context.dropout(x), a), g) as Tensor2D;
      return tf.add(base.forward(x), matMul(scaled, b));
    },
    kernel(base, context) {
      const { a, g, b } = parts(context);
      return tf.add(base.kernel, context.products.matMul(tf.mul(a, g) as Tensor2D, b));
    },
    lowRank: {
      rank: (_, config) => rank(config),
      factors(_, context) {
        const { a, g, b } = parts(context);
        return { a, b: tf.mul(tf.expandDims(g, 1), b) };
      },
    },
    reaches: (_, config) => rank(config),
    multiplies: (layer, config) => [
      { columns: rank(config), of: ['lora_A'] },
      { columns: layer.out, of: ['lora_B'] },
    ],
    activations: (layer, config) => ({
      perRow: 2 * rank(config),
      fixed: rank(config) + 1,
      keepsInput: true,
      dropsInput: true,
      // Python peft's AdaLoRA: gates go into A, which x's gradient reads, and the scale multiplies outputs.
      inPeft: { perRow: rank(config) + layer.out, fixed: 1, forInput: rank(config) * layer.in },
    }),
  };
}
