/** @file A small square matrix trained between two thin factors of which the first is frozen. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerContext, LayerShape, TensorSpec, WeightPart } from '../../method.js';
import type { TensorProduct } from '../../slots/weight.js';
import { tf } from '../../tensor/tf.js';
import type { LowRankConfig } from './low-rank.js';

/** The matrix between the factors. */
interface Middle<C> {
  /** Tensors that it is made of. */
  tensors(layer: LayerShape, config: C): Record<string, TensorSpec>;
  /** `[rank, rank]`, whatever scale there is included. */
  make(layer: LayerShape, context: LayerContext<C>): Tensor2D;
  /** Floats that making it keeps for the backward pass, it itself included. */
  keeps(config: C): number;
  /** Floats that making it keeps in Python peft. Default 0. */
  keepsInPeft?(config: C): number;
  /** Products of tensors that make it. Omitted: nobody says them. */
  made?(layer: LayerShape, config: C): readonly TensorProduct[];
  /** It is linear in what is trained. */
  linear: boolean;
}

interface Core<C> {
  /** Names of the factors, `[in, rank]` and `[rank, out]`. */
  factors?: { a: string; b: string };
  middle: Middle<C>;
  /** Whether the second factor is trained too. Default: frozen. */
  trainsB?: true;
}

/** `s·R`, with `lora_R [rank, rank]` trained. */
export const scaledCore = <C extends LowRankConfig>(scale: (config: C) => number): Middle<C> => ({
  tensors: (_, { rank }) => ({ lora_R: { shape: [rank, rank], trained: true, scope: 'layer' } }),
  make: (_, { tensors, config }) => tf.mul(tensors.lora_R as Tensor2D, scale(config)) as Tensor2D,
  keeps: ({ rank }) => rank * rank + 1,
  made: () => [],
  linear: true,
});

/** `y = x·W + b + ((x·A)·R)·B`: `A [in, rank]` frozen, R a small matrix that is trained, `B [rank, out]`. */
export function core<C extends LowRankConfig>({ factors: names, middle, trainsB }: Core<C>): WeightPart<C> {
  const { a: nameOfA, b: nameOfB } = names ?? { a: 'lora_A', b: 'lora_B' };
  const factors = (layer: LayerShape, context: LayerContext<C>) => ({
    a: context.tensors[nameOfA] as Tensor2D,
    r: middle.make(layer, context),
    b: context.tensors[nameOfB] as Tensor2D,
  });
  return {
    tensors: (layer, config) => ({
      [nameOfA]: { shape: [layer.in, config.rank], trained: false, scope: 'layer', side: 'input' },
      ...middle.tensors(layer, config),
      [nameOfB]: { shape: [config.rank, layer.out], trained: trainsB ?? false, scope: 'layer', side: 'output' },
    }),
    forward(x, base, context) {
      const { matMul } = context.products;
      const { a, r, b } = factors(base.shape, context);
      return tf.add(base.forward(x), matMul(matMul(matMul(context.dropout(x), a), r), b));
    },
    kernel(base, context) {
      const { matMul } = context.products;
      const { a, r, b } = factors(base.shape, context);
      return tf.add(base.kernel, matMul(matMul(a, r), b));
    },
    lowRank: {
      rank: (_, { rank }) => rank,
      factors(layer, context) {
        const { a, r, b } = factors(layer, context);
        return { a, b: context.products.matMul(r, b) };
      },
      frozenA: true,
    },
    linear: () => middle.linear && !trainsB,
    multiplies: (layer, config) => {
      const { rank } = config;
      const made = middle.made?.(layer, config);
      if (made === undefined) return undefined;
      return [
        { columns: rank, of: [nameOfA] },
        { columns: rank, of: Object.keys(middle.tensors(layer, config)), ...(made.length > 0 && { made }) },
        { columns: layer.out, of: [nameOfB] },
      ];
    },
    activations: (_, config) => ({
      perRow: trainsB ? 2 * config.rank : config.rank,
      fixed: middle.keeps(config),
      baseFirst: true,
      dropsInput: true,
      // The matrix is read for the gradient of what A gives, which x alone needs.
      inPeft: { perRow: config.rank, fixed: middle.keepsInPeft?.(config) ?? 0, forInput: config.rank ** 2 },
    }),
  };
}
