/** @file LoLDU: trains the diagonal of a truncated lower-diagonal-upper decomposition of the base weight. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { trainedDiagonal } from '../parts/weight/diagonal.js';
import { truncatedLdu } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Entries of the diagonal that are trained'),
  alpha: z.number().positive().default(8).describe('The product is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha }: Config) => alpha / rank;

/** The scale σ is fixed, as in the authors' code; the paper counts it as trained. */
const diagonal = trainedDiagonal<Config>({
  names: { a: 'loldu_A', diagonal: 'loldu_z', b: 'loldu_B' },
  scale,
});

/** `Wᵀ = P·L·D·U`: `A = U_rᵀ`, `z = d_r`, `B = (P·L_r)ᵀ`, and the base keeps `W − σ·A·diag(z)·B`. */
const leading: InitPart<Config> = {
  leavesResidual: true,
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
