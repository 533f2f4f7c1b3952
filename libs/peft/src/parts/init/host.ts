/** @file Host tensors from matrices, constants and draws. */
import { Matrix } from 'ml-matrix';
import type { HostTensor } from '../../method.js';
import type { Random } from '../../tensor/random.js';

/** The entries of a matrix, row-major, in float32. */
export function hostTensor(matrix: Matrix): HostTensor {
  return { shape: [matrix.rows, matrix.columns], values: Float32Array.from(matrix.to1DArray()) };
}

/** A tensor of rank 2 as a matrix in float64: the inverse of `hostTensor`. */
export function matrixOf({ shape, values }: HostTensor): Matrix {
  return Matrix.from1DArray(shape[0]!, shape[1]!, values);
}

/** A tensor whose entries are drawn one after another. */
export function sampled(shape: number[], draw: () => number): HostTensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return { shape, values: Float32Array.from({ length: size }, draw) };
}

/** All entries equal. */
export function constant(shape: number[], value: number): HostTensor {
  return sampled(shape, () => value);
}

/** Independent normals of mean 0. */
export function gaussian(shape: number[], deviation: number, random: Random): HostTensor {
  return sampled(shape, () => deviation * random.normal());
}

/** Independent uniform numbers between −bound and bound. */
export function uniform(shape: number[], bound: number, random: Random): HostTensor {
  return sampled(shape, () => (2 * random.uniform() - 1) * bound);
}
