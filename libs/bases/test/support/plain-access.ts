import { type LoadedBase, linearLayers } from '@rankforge/peft';
import { linear } from '@rankforge/peft/engine';
import type { ModelAccess, ModelInput } from '@rankforge/peft/internals';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** A base as it is, with nothing put on it. */
export function plainAccess(base: LoadedBase): ModelAccess {
  const biased = new Set(linearLayers(base.config).flatMap(({ path, shape }) => (shape.bias ? [path] : [])));
  const tensor = (path: string) => base.acquire(path);
  return {
    tensor,
    linear(path, x) {
      const kernel = tensor(`${path}.kernel`) as Tensor2D;
      return biased.has(path) ? linear(x, kernel, tensor(`${path}.bias`) as Tensor1D) : linear(x, kernel);
    },
    lookup() {
      throw new Error('a model of language looks up no tables');
    },
  };
}

/** Texts as a batch, padded at the end. */
export function inputOf(texts: readonly (readonly number[])[]): ModelInput {
  const sequence = Math.max(...texts.map(({ length }) => length));
  return {
    size: texts.length,
    sequence,
    inputs: Int32Array.from(texts.flatMap((ids) => [...ids, ...new Array<number>(sequence - ids.length).fill(0)])),
    lengths: Int32Array.from(texts, ({ length }) => length),
  };
}
