/** @file Subspaces that the gradient of a matrix is projected to, and how they move. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { OptimizerState, ParameterInfo, Products, Streams } from '../../method.js';
import { leadingBasis, leadingQ } from '../../tensor/linalg.js';
import { tf } from '../../tensor/tf.js';
import { chosen } from './chosen.js';
import type { Refresh } from './refresh.js';
import { type StateTensor, sizeOf } from './transform.js';

/** A subspace as it is in one step. What `down` and `up` return is the caller's. */
export interface OpenSubspace {
  down(matrix: Tensor2D): Tensor2D;
  up(low: Tensor2D): Tensor2D;
  /** Frees what is held besides the state. */
  close(): void;
}

export interface SubspaceInput {
  info: ParameterInfo;
  gradient: Tensor2D;
  state: OptimizerState;
  /** 1-based. */
  step: number;
  random: Streams;
  products: Products;
}

export interface Subspace {
  /** Tensors that are kept from step to step. */
  state(info: ParameterInfo): Record<string, StateTensor>;
  /** Shape of a projected gradient, and along which axis it has coordinates of the subspace; undefined: along both. */
  low(info: ParameterInfo): { shape: [number, number]; axis?: 0 | 1 };
  /** Whether it is the whole space: `up(down(G))` is G, but for rounding. */
  lossless(info: ParameterInfo): boolean;
  /** Moves it where this step is one to move at; returns the state tensors that changed. Default: it needs no gradient. */
  refresh?(input: SubspaceInput): Promise<Record<string, Tensor>>;
  /** @param input with the state that `refresh` left */
  open(input: SubspaceInput): OpenSubspace | Promise<OpenSubspace>;
  /** Elements held while it moves and is open, what `down` and `up` make not included. */
  workspace(info: ParameterInfo): number;
}

/** A matrix larger than the rank on both sides. */
export const isMatrixAbove = ({ shape }: ParameterInfo, rank: number): boolean =>
  shape.length === 2 && Math.min(...shape) > rank;

/** Kernels larger than the rank on both sides; embeddings, heads, norms, biases and adapters are not projected. */
export const isProjected = (info: ParameterInfo, rank: number): boolean =>
  info.role === 'kernel' && isMatrixAbove(info, rank);

const epochOf = (step: number, gap: number): number => Math.floor((step - 1) / gap);

interface Reduced {
  rank: number;
  /** It moves at steps 1, 1 + gap, 1 + 2·gap … */
  gap: number;
}

/** The shorter side is reduced; of a square matrix, the input side. */
const onInputs = ([inputs, outputs]: readonly number[]) => inputs! <= outputs!;

function lowOf({ shape }: ParameterInfo, rank: number): { shape: [number, number]; axis: 0 | 1 } {
  return onInputs(shape) ? { shape: [rank, shape[1]!], axis: 0 } : { shape: [shape[0]!, rank], axis: 1 };
}

/** Products with a basis `[side, rank]` of the reduced side. */
function alongBasis(basis: Tensor2D, inputs: boolean, { matMul }: Products): Pick<OpenSubspace, 'down' | 'up'> {
  return inputs
    ? {
        down: (matrix) => tf.tidy(() => matMul(tf.transpose(basis), matrix)),
        up: (low) => tf.tidy(() => matMul(basis, low)),
      }
    : {
        down: (matrix) => tf.tidy(() => matMul(matrix, basis)),
        up: (low) => tf.tidy(() => matMul(low, tf.transpose(basis))),
      };
}

/** The basis `[side, rank]` of a subspace that moves: orthonormal columns. Undefined: it stays as it is. */
type Draw = (input: SubspaceInput, rank: number) => Promise<Matrix | undefined> | Matrix;

/**
 * Spanned by the `rank` leading singular vectors of the gradient at the refresh. A gradient that is not finite leaves it as
 * it was. Source: arXiv 2403.03507, algorithm 1.
 */
const leading: Draw = async ({ gradient }, rank) => {
  const matrix = await finite(gradient);
  return matrix && leadingBasis(onInputs(gradient.shape) ? matrix : matrix.transpose(), rank);
};

/** On the host; undefined where an entry is not finite. */
async function finite(gradient: Tensor2D): Promise<Matrix | undefined> {
  const values = await gradient.data();
  if (!values.every(Number.isFinite)) return undefined;
  return Matrix.from1DArray(gradient.shape[0], gradient.shape[1], values);
}

/** Any subspace of that rank as likely as any other, whatever the gradient. */
const uniform: Draw = ({ info, random, step }, rank) => {
  const stream = random.fork(`subspace/${info.path}/${step}`);
  const side = Math.min(...info.shape);
  const normals = Float64Array.from({ length: side * rank }, () => stream.normal());
  return leadingQ(Matrix.from1DArray(side, rank, normals), rank);
};

const draws = { leading, random: uniform };
export type SubspaceChoice = keyof typeof draws;
export const subspaceChoices = Object.keys(draws) as SubspaceChoice[];

interface KeptConfig {
  rank: number;
  refresh: Refresh;
  /** Default: leading. */
  subspace?: SubspaceChoice;
}

/** A subspace that is kept between refreshes as a basis. The state's name says which side the basis is of. */
export function keptSubspace({ rank, refresh, subspace = 'leading' }: KeptConfig): Subspace {
  const nameOf = ({ shape }: ParameterInfo) => (onInputs(shape) ? 'basis_in' : 'basis_out');
  const basisOf = ({ shape }: ParameterInfo): [number, number] => [Math.min(...shape), rank];
  return {
    state: (info) => ({ [nameOf(info)]: { shape: basisOf(info) }, ...refresh.state }),
    low: (info) => lowOf(info, rank),
    lossless: ({ shape }) => rank >= Math.min(...shape),
    async refresh(input) {
      const { info, state, step } = input;
      if (!(await refresh.isDue(step, state))) return {};
      const basis = await draws[subspace](input, rank);
      if (basis === undefined) return {};
      const from = state[nameOf(info)] as Tensor2D;
      const to = tf.tensor2d(Float32Array.from(basis.to1DArray()), from.shape);
      return { [nameOf(info)]: to, ...(await refresh.moved({ from, to, state, step })) };
    },
    open: ({ info, state, products }) => ({
      ...alongBasis(state[nameOf(info)] as Tensor2D, onInputs(info.shape), products),
      close: () => undefined,
    }),
    // A new basis, and a transposed one.
    workspace: (info) => 2 * sizeOf(basisOf(info)),
  };
}

/**
 * Spanned by leading singular vectors on both sides: what is projected is `Uᵀ·G·Z [rank, rank]`, with a basis of inputs
 * and one of outputs that are kept between refreshes. A gradient that is not finite leaves both as they were. Of the gradient
 * that they are found from the projection is diagonal. Source: arXiv 2412.19616.
 */
export function twoSidedSubspace({ rank, gap }: Reduced): Subspace {
  const sizes = ({ shape }: ParameterInfo) => rank * (shape[0]! + shape[1]!);
  return {
    state: ({ shape }) => ({ basis_in: { shape: [shape[0]!, rank] }, basis_out: { shape: [shape[1]!, rank] } }),
    low: () => ({ shape: [rank, rank] }),
    lossless: ({ shape }) => rank >= Math.max(...shape),
    async refresh({ gradient, step }): Promise<Record<string, Tensor>> {
      if ((step - 1) % gap !== 0) return {};
      const matrix = await finite(gradient);
      if (matrix === undefined) return {};
      const basis = (of: Matrix) => tf.tensor2d(Float32Array.from(leadingBasis(of, rank).to1DArray()), [of.rows, rank]);
      return { basis_in: basis(matrix), basis_out: basis(matrix.transpose()) };
    },
    open({ state, products: { matMul } }) {
      const [inputs, outputs] = [state.basis_in as Tensor2D, state.basis_out as Tensor2D];
      return {
        down: (matrix) => tf.tidy(() => withoutRounding(matMul(matMul(tf.transpose(inputs), matrix), outputs))),
        up: (low) => tf.tidy(() => matMul(matMul(inputs, low), tf.transpose(outputs))),
        close: () => undefined,
      };
    },
    // New bases; or one of them transposed with a product of one side.
    workspace: (info) => 2 * sizes(info),
  };
}

/** Zeros for entries below float32's resolution of the largest: what divides by a root of squares makes full steps of them. */
function withoutRounding(low: Tensor2D): Tensor2D {
  const sizes = tf.abs(low);
  return tf.where(tf.greater(sizes, tf.mul(tf.max(sizes), 1e-6)), low, tf.zerosLike(low));
}

/**
 * Spanned by columns of independent normal numbers of variance 1/rank, which are drawn again in every step instead of
 * being kept: a product with them keeps lengths on average. `up` is the transpose of `down`, not its inverse.
 * Source: arXiv 2412.05270, algorithm 1.
 */
export function gaussianSubspace({ rank, gap }: Reduced): Subspace {
  const basisOf = ({ shape }: ParameterInfo): [number, number] => [Math.min(...shape), rank];
  return {
    state: () => ({}),
    low: (info) => lowOf(info, rank),
    // A random map is no rotation, whatever its rank.
    lossless: () => false,
    open({ info, step, random, products }) {
      const stream = random.fork(`gaussian/${info.path}/${epochOf(step, gap)}`);
      const shape = basisOf(info);
      const deviation = 1 / Math.sqrt(rank);
      const basis = tf.tensor2d(
        Float32Array.from({ length: sizeOf(shape) }, () => deviation * stream.normal()),
        shape,
      );
      return { ...alongBasis(basis, onInputs(info.shape), products), close: () => basis.dispose() };
    },
    workspace: (info) => 2 * sizeOf(basisOf(info)),
  };
}

/**
 * A share of the inputs of the kernel (rows of `[in, out]`), drawn anew at every refresh; which ones is drawn again in
 * every step instead of being kept. Source: arXiv 2411.07837, algorithm 1, columns of torch's layout.
 */
export function coordinateSubspace({ density, gap }: { density: number; gap: number }): Subspace {
  const count = ([inputs]: readonly number[]) => Math.floor(inputs! * density);
  return {
    state: () => ({}),
    low: ({ shape }) => ({ shape: [count(shape), shape[1]!], axis: 0 }),
    lossless: ({ shape }) => count(shape) === shape[0]!,
    open({ info, step, random }) {
      const drawn = chosen(
        info.shape[0]!,
        count(info.shape),
        random.fork(`coordinates/${info.path}/${epochOf(step, gap)}`),
      );
      const indices = tf.tensor1d(drawn, 'int32');
      return {
        down: (matrix) => tf.gather(matrix, indices) as Tensor2D,
        up: (low) =>
          tf.tidy(() => tf.scatterND(tf.expandDims(indices, 1), low, info.shape as [number, number]) as Tensor2D),
        close: () => indices.dispose(),
      };
    },
    workspace: ({ shape }) => 2 * count(shape),
  };
}
