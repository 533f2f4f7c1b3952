/** @file An update that is made as a whole `[in, out]` matrix in every forward pass. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerContext, LayerShape, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

interface DenseUpdate<C> extends Pick<WeightPart<C>, 'tensors'> {
  /** `ΔW [in, out]`, whatever scale there is included. */
  update(layer: LayerShape, context: LayerContext<C>): Tensor2D;
  /** Floats that making `ΔW` keeps for the backward pass, `ΔW` itself not included. */
  keeps(layer: LayerShape, config: C): number;
}

/** `y = x·W + b + x·ΔW`. A second product of the layer's size, so that dropout reaches the update alone. */
export function denseUpdate<C>({ tensors, update, keeps }: DenseUpdate<C>): WeightPart<C> {
  return {
    tensors,
    forward(x, base, context) {
      const product = context.products.matMul(context.dropout(x), update(base.shape, context));
      return tf.add(base.forward(x), product);
    },
    kernel: (base, context) => tf.add(base.kernel, update(base.shape, context)),
    activations: (layer, config) => ({
      perRow: 0,
      fixed: keeps(layer, config) + layer.in * layer.out,
      keepsInput: true,
      dropsInput: true,
    }),
  };
}
