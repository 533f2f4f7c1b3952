/** @file An update that is made as a whole `[in, out]` matrix in every forward pass. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { BaseLayer, LayerContext, LayerShape, WeightPart } from '../../method.js';
import type { FloatsInPeft, TensorProduct } from '../../slots/weight.js';
import { tf } from '../../tensor/tf.js';

interface DenseUpdate<C> extends Pick<WeightPart<C>, 'tensors' | 'readsKernel' | 'linear'> {
  /** Products of tensors that make `ΔW`. Omitted: nobody says them. */
  made?(layer: LayerShape, config: C): readonly TensorProduct[];
  /** `ΔW [in, out]`, whatever scale there is included. */
  update(base: BaseLayer, context: LayerContext<C>): Tensor2D;
  /** Floats that making `ΔW` keeps for the backward pass, `ΔW` itself not included. */
  keeps(layer: LayerShape, config: C): number;
  /** All floats that Python peft keeps in making and using `ΔW`, where it keeps others; default the same. */
  inPeft?(layer: LayerShape, config: C): FloatsInPeft;
  /** Floats only inside the making of `ΔW`; default none. */
  transient?(layer: LayerShape, config: C): number;
  /** Floats that making `ΔW` leaves besides until the layer's output is there; default none. */
  beside?(layer: LayerShape, config: C): number;
  /** Floats only inside the backward pass of the making; default a gradient and one product of all that is kept. */
  backward?(layer: LayerShape, config: C): number;
}

/** `y = x·W + b + x·ΔW`. A second product of the layer's size, so that dropout reaches the update alone. */
export function denseUpdate<C>(part: DenseUpdate<C>): WeightPart<C> {
  const { tensors, readsKernel, linear, update, keeps, inPeft, transient, beside, backward, made } = part;
  return {
    tensors,
    ...(readsKernel && { readsKernel }),
    ...(linear && { linear }),
    ...(made && {
      multiplies: (layer, config) => [
        { columns: layer.out, of: Object.keys(tensors(layer, config)), made: made(layer, config) },
      ],
    }),
    forward(x, base, context) {
      const product = context.products.matMul(context.dropout(x), update(base, context));
      return tf.add(base.forward(x), product);
    },
    kernel: (base, context) => tf.add(base.kernel, update(base, context)),
    activations(layer, config) {
      const size = layer.in * layer.out;
      return {
        perRow: 0,
        fixed: keeps(layer, config) + size,
        keepsInput: true,
        dropsInput: true,
        ...(inPeft && { inPeft: inPeft(layer, config) }),
        ...(transient && { transient: { perRow: 0, fixed: transient(layer, config) } }),
        ...(beside && { beside: { perRow: 2 * layer.out, fixed: beside(layer, config) } }),
        // And the gradient of ΔW.
        ...(backward && { backward: { perRow: 0, fixed: size + backward(layer, config) } }),
      };
    },
  };
}
