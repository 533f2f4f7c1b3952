/** @file How many numbers tensors have, and how many bytes they take. */
import type { TensorSpec } from '../method.js';

type Shaped = { shape: readonly number[] };

export const sizeOf = ({ shape }: Shaped): number => shape.reduce((size, dimension) => size * dimension, 1);

export const total = (tensors: readonly Shaped[]): number => tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);

/** Bytes of an index on the engines of this library, whatever a float takes there. torch keeps 8. */
export const INDEX_BYTES = 4;

/** Bytes of tensors of which some may hold indices. */
export const bytesOf = (
  tensors: readonly Pick<TensorSpec, 'shape' | 'index'>[],
  bytesPerFloat: number,
  bytesPerIndex = INDEX_BYTES,
): number => tensors.reduce((sum, tensor) => sum + sizeOf(tensor) * (tensor.index ? bytesPerIndex : bytesPerFloat), 0);
