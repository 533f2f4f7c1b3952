/**
 * @file A transformation run in a low-rank subspace of the gradient that follows the gradient slowly.
 * Source: arXiv 2403.03507, algorithms 1 and 2.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { ParameterInfo, Products } from '../../method.js';
import { leadingBasis } from '../../tensor/linalg.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

interface ProjectionConfig {
  rank: number;
  /** Steps between two refreshes of the basis: it is computed at steps 1, 1 + gap, 1 + 2·gap … */
  gap: number;
  /** Factor of the update that is lifted back. */
  scale: number;
}

/** A subspace of one side of a matrix. The shorter side is projected; of a square matrix, the input side. */
interface Side {
  /** State name: a checkpoint says which side its basis is of. */
  name: 'basis_in' | 'basis_out';
  basis: [number, number];
  low: [number, number];
  down(gradient: Tensor2D, basis: Tensor2D, products: Products): Tensor2D;
  up(low: Tensor2D, basis: Tensor2D, products: Products): Tensor2D;
  /** The gradient with the projected side first. */
  rows(gradient: Matrix): Matrix;
}

function sideOf([inputs, outputs]: readonly number[], rank: number): Side {
  if (inputs! <= outputs!) {
    return {
      name: 'basis_in',
      basis: [inputs!, rank],
      low: [rank, outputs!],
      down: (gradient, basis, { matMul }) => matMul(tf.transpose(basis), gradient),
      up: (low, basis, { matMul }) => matMul(basis, low),
      rows: (gradient) => gradient,
    };
  }
  return {
    name: 'basis_out',
    basis: [outputs!, rank],
    low: [inputs!, rank],
    down: (gradient, basis, { matMul }) => matMul(gradient, basis),
    up: (low, basis, { matMul }) => matMul(low, tf.transpose(basis)),
    rows: (gradient) => gradient.transpose(),
  };
}

/**
 * `scale · lift(inner(project(G)))` for a matrix `G [in, out]` with min(in, out) > rank.
 * The basis is the `rank` leading singular vectors of the current gradient. The inner state is kept as it is at a
 * refresh, neither reset nor rotated. A gradient that is not finite leaves the basis as it was.
 */
export function projected(inner: Transform, { rank, gap, scale }: ProjectionConfig): Transform {
  const low = (info: ParameterInfo): ParameterInfo => ({ ...info, shape: sideOf(info.shape, rank).low });
  return {
    state(info) {
      const side = sideOf(info.shape, rank);
      return { [side.name]: side.basis, ...inner.state(low(info)) };
    },
    async apply(input) {
      const { info, products, step } = input;
      const side = sideOf(info.shape, rank);
      const gradient = input.update as Tensor2D;
      const previous = input.state[side.name] as Tensor2D;
      const basis = (step - 1) % gap === 0 ? await refreshed(gradient, previous, side, rank) : previous;
      const projection = tf.tidy(() => side.down(gradient, basis, products));
      const result = await inner.apply({
        ...input,
        info: low(info),
        update: projection,
        parameter: () => side.down(input.parameter() as Tensor2D, basis, products),
      });
      const update = tf.tidy(() => tf.mul(side.up(result.update as Tensor2D, basis, products), scale));
      tf.dispose([projection, result.update]);
      return { update, state: { ...result.state, [side.name]: basis } };
    },
    workspace(info) {
      const side = sideOf(info.shape, rank);
      // Two lifted tensors, two projected ones, two bases (new and transposed), and what the inner transformation holds.
      return 2 * sizeOf(info.shape) + 2 * sizeOf(side.low) + 2 * sizeOf(side.basis) + inner.workspace(low(info));
    },
  };
}

async function refreshed(gradient: Tensor2D, previous: Tensor2D, side: Side, rank: number): Promise<Tensor2D> {
  const values = await gradient.data();
  if (!values.every(Number.isFinite)) return previous;
  const matrix = Matrix.from1DArray(gradient.shape[0], gradient.shape[1], values);
  const basis = leadingBasis(side.rows(matrix), rank);
  return tf.tensor2d(Float32Array.from(basis.to1DArray()), side.basis);
}
