/** @file Two thin matrices in the place of the base kernel, which is not there any more. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { relu } from '../../engine/activations.js';
import type { BaseLayer, LayerContext, LayerShape, TensorSpec, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** Activations between the two factors of a layer. A table has nothing there: no activation follows a lookup. */
export const betweenNames = ['none', 'relu'] as const;
export type Between = (typeof betweenNames)[number];

interface TwoFactors<C> {
  /** Columns of the first factor. */
  rank(layer: LayerShape, config: C): number;
  /** Tensors besides `factor_A`, `factor_B` and the two biases. Default: none. */
  besides?(layer: LayerShape, config: C): Record<string, TensorSpec>;
  /** The layer has `factor_shift [out]`, which is trained and added to its bias, or to the rows of a table. Default: none has. */
  shifts?(layer: LayerShape): boolean;
  /** Set where it is for linear layers and not for tables. */
  layersAlone?: true;
  /** Default: none. With an activation a layer that shifts has `factor_bias [k]` besides, which is added before it. */
  between?(config: C): Between;
}

/** `y = φ(x·A + a)·B + b`, where φ is nothing unless it is asked for, with `factor_A [in, k]` and `factor_B [k, out]` trained. */
export function twoFactors<C>(options: TwoFactors<C>): WeightPart<C> {
  const { rank, besides, shifts = () => false, between = () => 'none' } = options;
  const bends = (layer: LayerShape, config: C) => !layer.table && between(config) === 'relu';
  const shifted = (product: Tensor2D, base: BaseLayer, { tensors }: LayerContext<C>): Tensor2D =>
    shifts(base.shape) ? tf.add(product, tensors.factor_shift as Tensor1D) : product;
  const ofTable = ({ tensors, products }: LayerContext<C>, a: Tensor2D) =>
    products.matMul(a, tensors.factor_B as Tensor2D);
  return {
    replacesKernel: true,
    tensors: (layer, config) => ({
      factor_A: { shape: [layer.in, rank(layer, config)], trained: true, scope: 'layer' },
      factor_B: { shape: [rank(layer, config), layer.out], trained: true, scope: 'layer' },
      ...(shifts(layer) && { factor_shift: { shape: [layer.out], trained: true, scope: 'layer' } }),
      ...(shifts(layer) &&
        bends(layer, config) && { factor_bias: { shape: [rank(layer, config)], trained: true, scope: 'layer' } }),
      ...besides?.(layer, config),
    }),
    forward(x, base, context) {
      const { matMul } = context.products;
      const { factor_A, factor_B, factor_bias } = context.tensors as Record<string, Tensor2D>;
      let inner = matMul(x, factor_A!);
      if (factor_bias) inner = tf.add(inner, factor_bias);
      if (bends(base.shape, context.config)) inner = relu(inner);
      const product = matMul(inner, factor_B!);
      const own = biasOf(base, context);
      return own ? tf.add(product, own) : product;
    },
    leaves: {
      rank,
      factors: (_, { tensors }) => ({ a: tensors.factor_A as Tensor2D, b: tensors.factor_B as Tensor2D }),
    },
    ...(!options.layersAlone && {
      lookup: (rows: (table: Tensor2D) => Tensor2D, base: BaseLayer, context: LayerContext<C>) =>
        shifted(ofTable(context, rows(context.tensors.factor_A as Tensor2D)), base, context),
    }),
    kernel(base, context) {
      const product = ofTable(context, context.tensors.factor_A as Tensor2D);
      return base.shape.table ? shifted(product, base, context) : product;
    },
    ...(options.between && {
      unmergeable: (config: C) =>
        between(config) === 'none'
          ? undefined
          : `there is ${between(config)} between the two factors of its layers, which no kernel holds`,
    }),
    ...(options.shifts && { bias: biasOf }),
    multiplies: (layer, config) => [
      { columns: rank(layer, config), of: ['factor_A'] },
      { columns: layer.out, of: ['factor_B'] },
    ],
    activations: (layer, config) =>
      layer.table
        ? { perRow: rank(layer, config), fixed: 0 }
        : { perRow: rank(layer, config), fixed: 0, keepsInput: true },
  };

  function biasOf(base: BaseLayer, { tensors }: LayerContext<C>): Tensor1D | undefined {
    if (base.shape.table || !base.bias) return undefined;
    return shifts(base.shape) ? tf.add(base.bias, tensors.factor_shift as Tensor1D) : base.bias;
  }
}
