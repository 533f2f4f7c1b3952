/** @file First values of the magnitudes that `outputMagnitude` trains. */
import type { InitPart } from '../../method.js';
import { columnNorms } from '../../tensor/linalg.js';

/** The column lengths of the base kernel, over any init whose effective kernel starts at the base kernel. */
export function withBaseMagnitudes<C>(inner: InitPart<C>): InitPart<C> {
  return {
    ...inner,
    layer(input) {
      const first = inner.layer(input);
      const magnitudes = { shape: [input.shape.out], values: Float32Array.from(columnNorms(input.kernel)) };
      return { ...first, tensors: { ...first.tensors, lora_magnitude_vector: magnitudes } };
    },
  };
}
