/** @file A weight part on a kernel that is the trial's own: frozen for the optimizer, and the rank part may move it. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { BaseLayer, LayerContext, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** Name of the kernel among the layer's tensors. */
export const ownKernel = 'own_kernel';

/** `part` with the scheduled tensor `own_kernel [in, out]` in the place of the base's. */
export function onOwnKernel<C>(part: WeightPart<C>): WeightPart<C> {
  const own = ({ shape, bias }: BaseLayer, { tensors, products }: LayerContext<C>): BaseLayer => {
    const kernel = tensors[ownKernel] as Tensor2D;
    const forward = (x: Tensor2D) => {
      const y = products.matMul(x, kernel);
      return bias ? (tf.add(y, bias) as Tensor2D) : y;
    };
    return { shape, kernel, ...(bias && { bias }), forward };
  };
  return {
    replacesKernel: true,
    tensors: (layer, config) => ({
      ...part.tensors(layer, config),
      [ownKernel]: { shape: [layer.in, layer.out], trained: false, scheduled: true, scope: 'layer' },
    }),
    forward: (x, base, context) => part.forward(x, own(base, context), context),
    kernel: (base, context) => part.kernel(own(base, context), context),
    multiplies(layer, config, of) {
      const [first, ...others] = part.multiplies?.(layer, config, of) ?? [];
      return first && [{ columns: layer.out, of: [ownKernel] }, { ...first, from: 'input' }, ...others];
    },
    activations(layer, config) {
      const kept = part.activations(layer, config);
      return {
        ...kept,
        // The product with the kernel before its bias too.
        beside: {
          perRow: (kept.beside?.perRow ?? 2 * layer.out) + (layer.bias ? layer.out : 0),
          fixed: kept.beside?.fixed ?? 0,
        },
        // The turned kernel, two products of the size of x, and a gradient and one product of all that is kept.
        backward: {
          perRow: 2 * layer.in + layer.out + 2 * kept.perRow,
          fixed: layer.in * layer.out + 2 * kept.fixed,
        },
      };
    },
  };
}
