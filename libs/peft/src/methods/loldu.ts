/** @file LoLDU: trains the diagonal of a truncated lower-diagonal-upper decomposition of the base weight. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { truncatedLdu } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Entries of the diagonal that are trained'),
  alpha: z.number().positive().default(8).describe('The product is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha }: Config) => alpha / rank;

/**
 * `y = x·W_res + b + σ·((x·A) ⊙ z)·B`, `A [in, rank]` and `B [rank, out]` frozen, `z [rank]` trained.
 * The scale σ is fixed, as in the authors' code; the paper counts it as trained.
 */
const diagonal = factored<Config>({
  tensors: (layer, { rank }) => ({
    loldu_A: { shape: [layer.in, rank], trained: false, scope: 'layer' },
    loldu_z: { shape: [rank], trained: true, scope: 'layer' },
    loldu_B: { shape: [rank, layer.out], trained: false, scope: 'layer' },
  }),
  factors: (_, { tensors, config }) => ({
    a: tensors.loldu_A as Tensor2D,
    b: tf.mul(tensors.loldu_B as Tensor2D, tf.expandDims(tf.mul(tensors.loldu_z as Tensor1D, scale(config)), 1)),
  }),
  activations: (layer, { rank }) => ({ perRow: rank, fixed: rank * (layer.out + 1) + 1, dropsInput: true }),
});

/** `Wᵀ = P·L·D·U`: `A = U_rᵀ`, `z = d_r`, `B = (P·L_r)ᵀ`, and the base keeps `W − σ·A·diag(z)·B`. */
const leading: InitPart<Config> = {
  layer({ kernel, config }) {
    const { lower, diagonal, upper } = truncatedLdu(kernel.transpose(), config.rank);
    const [a, b] = [upper.transpose(), lower.transpose()];
    const product = a.mmul(Matrix.diag(diagonal)).mmul(b);
    return {
      tensors: {
        loldu_A: hostTensor(a),
        loldu_z: { shape: [config.rank], values: Float32Array.from(diagonal) },
        loldu_B: hostTensor(b),
      },
      kernel: Matrix.sub(kernel, product.mul(scale(config))),
    };
  },
};

export const loldu = defineMethod({
  name: 'loldu',
  title: 'LoLDU',
  paper: {
    title: 'LoLDU: Low-Rank Adaptation via Lower-Diag-Upper Decomposition for Parameter-Efficient Fine-Tuning',
    arxiv: '2410.13618',
    year: 2024,
  },
  evidence: { level: 'full' },
  summary: 'Trains r numbers per layer: the diagonal between frozen triangular factors of the base weight.',
  parameterFormula: 'r',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: diagonal,
  init: leading,
  learningRates: [1e-2, 3e-2, 1e-1],
});
