/**
 * @file PSOFT: the principal part of every kernel is turned within its own subspace, and scaled before and after. Source: arXiv
 * 2505.11235; as Python peft has it.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { core } from '../parts/weight/core.js';
import { cayley, skewSymmetric } from '../parts/weight/orthogonal.js';
import { truncatedSvd } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(2)
    .default(8)
    .describe('Singular triplets of the kernel that are turned among themselves, 2 at least'),
});
type Config = z.infer<typeof config>;

const entriesOf = (rank: number) => (rank * (rank - 1)) / 2;

/** `ΔW = U·(diag(a)·C·diag(b) − I)·Σ·Vᵀ`, C the Cayley transform of a skew-symmetric matrix. */
const turned = core<Config>({
  factors: { a: 'psoft_A', b: 'psoft_B' },
  middle: {
    tensors: (_, { rank }) => ({
      psoft_weight: { shape: [entriesOf(rank)], trained: true, scope: 'layer' },
      psoft_vector_a: { shape: [rank], trained: true, scope: 'layer' },
      psoft_vector_b: { shape: [rank], trained: true, scope: 'layer' },
    }),
    make(_, { tensors, config: { rank } }) {
      const skew = skewSymmetric(tf.reshape(tensors.psoft_weight!, [1, entriesOf(rank)]) as Tensor2D, rank);
      const rotation = tf.reshape(cayley(skew), [rank, rank]);
      const scaled = tf.mul(tf.mul(rotation, tf.expandDims(tensors.psoft_vector_a!, 1)), tensors.psoft_vector_b!);
      return tf.sub(scaled, tf.eye(rank)) as Tensor2D;
    },
    // The rotation, that by the first vector, and the matrix.
    keeps: ({ rank }) => 3 * rank * rank,
    linear: false,
  },
});

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
  memoryFormula: '4·trained + r·(in + out) + rows·r + 3·r²',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: turned,
  init: principal,
  peftConfig: {
    type: 'PSOFT',
    settings: ({ rank }) => ({
      r: rank,
      ab_svd_init: 'psoft_init',
      psoft_orth: true,
      psoft_mag_a: true,
      psoft_mag_b: true,
      use_cayley_neumann: false,
    }),
    config: ({ r }) => ({ rank: r }),
    trainingOnly: [
      'psoft_svd',
      'psoft_svd_lowrank_niter',
      'psoft_dropout',
      'random_seed',
      'init_weights',
      // The principal part is divided by what the update is multiplied with.
      'psoft_alpha',
      // Read only where `use_cayley_neumann` is set.
      'num_cayley_neumann_terms',
      'cayley_neumann_eps',
    ],
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
