/**
 * @file PSOFT: the principal part of every kernel is turned within its own subspace, and scaled before and after. Source: arXiv
 * 2505.11235; as Python peft has it.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart, type WeightPart } from '../method.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { core } from '../parts/weight/core.js';
import { cayley, series, skewSymmetric } from '../parts/weight/orthogonal.js';
import { truncatedSvd } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(2)
    .default(8)
    .describe('Singular triplets of the kernel that are turned among themselves, 2 at least'),
  exact: z
    .boolean()
    .default(true)
    .describe('Turn by the exact Cayley transform. Otherwise: by a series that is close to it'),
  terms: z.int().min(4).default(5).describe('Terms of the series, of which the last is to the power terms − 1'),
});
type Config = z.infer<typeof config>;

const entriesOf = (rank: number) => (rank * (rank - 1)) / 2;

/** `ΔW = U·(diag(a)·C·diag(b) − I)·Σ·Vᵀ`, C the Cayley transform of a skew-symmetric matrix. */
const inSubspace = core<Config>({
  factors: { a: 'psoft_A', b: 'psoft_B' },
  middle: {
    tensors: (_, { rank }) => ({
      psoft_weight: { shape: [entriesOf(rank)], trained: true, scope: 'layer' },
      psoft_vector_a: { shape: [rank], trained: true, scope: 'layer' },
      psoft_vector_b: { shape: [rank], trained: true, scope: 'layer' },
    }),
    make(_, { tensors, config: { rank, exact, terms } }) {
      const skew = skewSymmetric(tf.reshape(tensors.psoft_weight!, [1, entriesOf(rank)]) as Tensor2D, rank);
      const rotation = tf.reshape(exact ? cayley(skew) : series(tf.neg(skew), terms), [rank, rank]);
      const scaled = tf.mul(tf.mul(rotation, tf.expandDims(tensors.psoft_vector_a!, 1)), tensors.psoft_vector_b!);
      return tf.sub(scaled, tf.eye(rank)) as Tensor2D;
    },
    // The rotation, that by the first vector, and the matrix; in the series −Q and all partial sums.
    keeps: ({ rank, exact, terms }) => (exact ? 3 : 2 + terms) * rank * rank,
    // The rotation, and that by a vector; what is solved for it and its parts, or powers of Q.
    keepsInPeft: ({ rank, exact, terms }) => (exact ? 4 : terms) * rank * rank,
    linear: false,
  },
});

/**
 * peft's `A` is a view of all singular vectors of the inputs where cuSOLVER gives them by rows (`_linalg_svd` of
 * aten/src/ATen/native/BatchLinearAlgebra.cpp). It keeps row and column of each entry above the diagonal.
 */
const turned: WeightPart<Config> = {
  ...inSubspace,
  tensors(layer, config) {
    const { psoft_A, ...others } = inSubspace.tensors(layer, config);
    return { psoft_A: { ...psoft_A!, inPeft: { numbers: Math.min(layer.in, layer.out) * layer.in } }, ...others };
  },
  besideInPeft: (_, { rank }) => ({ indices: 2 * entriesOf(rank) }),
};

/** `A = U`, `B = Σ·Vᵀ` of the rank-r SVD of W; no rotation, and vectors of 1. The base keeps all of W. */
const principal: InitPart<Config> = {
  layer({ kernel, config: { rank } }) {
    const { left, values, right } = truncatedSvd(kernel, rank);
    return {
      tensors: {
        psoft_A: hostTensor(left),
        psoft_B: hostTensor(Matrix.diag(values).mmul(right.transpose())),
        psoft_weight: constant([entriesOf(rank)], 0),
        psoft_vector_a: constant([rank], 1),
        psoft_vector_b: constant([rank], 1),
      },
    };
  },
};

export const psoft = defineMethod({
  name: 'psoft',
  title: 'PSOFT',
  paper: {
    title: 'Efficient Orthogonal Fine-Tuning with Principal Subspace Adaptation',
    arxiv: '2505.11235',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it with the exact transform; its files hold no singular vectors, whose signs are free, so that none is read or written; no published result was checked',
  },
  summary: 'Turns and scales the principal part of each kernel within its own subspace by about r²/2 numbers.',
  parameterFormula: 'r·(r − 1)/2 + 2·r',
  memoryFormula: '4·trained + r·(in + out) + rows·r + kept·r²',
  symbols: (_, { exact, terms }) => ({ kept: exact ? 3 : 2 + terms }),
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: turned,
  init: principal,
  peftConfig: {
    type: 'PSOFT',
    settings: ({ rank, exact, terms }) => ({
      r: rank,
      ab_svd_init: 'psoft_init',
      psoft_orth: true,
      psoft_mag_a: true,
      psoft_mag_b: true,
      use_cayley_neumann: !exact,
      num_cayley_neumann_terms: terms,
      cayley_neumann_eps: null,
    }),
    config: ({ r, use_cayley_neumann, num_cayley_neumann_terms }) => ({
      rank: r,
      exact: !use_cayley_neumann,
      terms: num_cayley_neumann_terms ?? undefined,
    }),
    unreadable: { cayley_neumann_eps: 'generators are not shortened here' },
    trainingOnly: [
      'psoft_svd',
      'psoft_svd_lowrank_niter',
      'psoft_dropout',
      'random_seed',
      'init_weights',
      // The principal part is divided by what the update is multiplied with.
      'psoft_alpha',
    ],
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
