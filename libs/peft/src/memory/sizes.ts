/** @file How many numbers tensors have, and how many bytes they take. */

import type { TensorSpec } from '../method.js';
import { sizeOf } from '../tensor/shape.js';

type Shaped = { shape: readonly number[] };

export const total = (tensors: readonly Shaped[]): number =>
  tensors.reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);

/** Bytes of an index on the engines of this library, whatever a float takes there. torch keeps 8. */
export const INDEX_BYTES = 4;

/** Bytes of tensors of which some may hold indices. */
export const bytesOf = (
  tensors: readonly Pick<TensorSpec, 'shape' | 'index'>[],
  bytesPerFloat: number,
  bytesPerIndex = INDEX_BYTES,
): number =>
  tensors.reduce((sum, tensor) => sum + sizeOf(tensor.shape) * (tensor.index ? bytesPerIndex : bytesPerFloat), 0);
