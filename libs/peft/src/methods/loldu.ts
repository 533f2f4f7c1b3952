/** @file LoLDU: trains the diagonal of a truncated lower-diagonal-upper decomposition of the base weight. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { trainedDiagonal } from '../parts/weight/diagonal.js';
import { truncatedLdu } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Entries of the diagonal that are trained'),
  alpha: alphaField('The product is multiplied by alpha / rank'),
  start: z
    .enum(['exact', 'constant', 'normal', 'uniform'])
    .default('exact')
    .describe(
      'First diagonal: that of the decomposition, its mean, normal with its mean and deviation, or uniform up to half its mean',
    ),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha }: Config) => alpha / rank;

/** The scale σ is fixed, as in the authors' code; the paper counts it as trained. */
const diagonal = trainedDiagonal<Config>({
  names: { a: 'loldu_A', diagonal: 'loldu_z', b: 'loldu_B' },
  scale,
});

/** First values of the trained diagonal. The base keeps the rest of the weight, whatever they are. */
function firstDiagonal(diagonal: readonly number[], { start }: Config, random: Random): number[] {
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / diagonal.length;
  const squares = diagonal.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, diagonal.length - 1));
  const draw = {
    exact: (value: number) => value,
    constant: () => mean,
    normal: () => mean + deviation * random.normal(),
    uniform: () => mean * (random.uniform() - 0.5),
  }[start];
  return diagonal.map(draw);
}

/** `Wᵀ = P·L·D·U`: `A = U_rᵀ`, `z = d_r` or drawn like it, `B = (P·L_r)ᵀ`, and the base keeps `W − σ·A·diag(z)·B`. */
const leading: InitPart<Config> = {
  leavesResidual: true,
  layer({ kernel, config, random }) {
    const { lower, diagonal: exact, upper } = truncatedLdu(kernel.transpose(), config.rank);
    const diagonal = firstDiagonal(exact, config, random);
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
  paperClaims: [
    {
      text: 'RoBERTa-base, six tasks of GLUE: 85.8; LoRA 85.2',
      source: 'arXiv 2410.13618',
      compare: { scale: { parameters: 125e6 }, method: 'lora', measure: 'score', size: { points: 0.6 } },
    },
    {
      text: 'RoBERTa-base: 0.0184 M trained parameters; LoRA 0.3 M',
      source: 'arXiv 2410.13618',
      compare: { scale: { parameters: 125e6 }, method: 'lora', measure: 'trained', size: { ratio: 0.0184 / 0.3 } },
    },
  ],
  summary: 'Trains r numbers per layer: the diagonal between frozen triangular factors of the base weight.',
  parameterFormula: 'r',
  memoryFormula: '4·trained + r·(in + out) + rows·r + r·out + 1',
  config,
  // A start's kernels follow from the seed of its adapter since the second.
  numbers: ({ starts, config }) => (starts && ['normal', 'uniform'].includes(config.start) ? 2 : 1),
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: diagonal,
  init: leading,
  learningRates: [1e-2, 3e-2, 1e-1],
});
