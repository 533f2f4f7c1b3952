/**
 * @file Low-rank pre-training: every kernel is a product of two thin matrices from the start, and there is no other.
 * A baseline of GaLore's paper (arXiv 2403.03507), after arXiv 2209.13569.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { gaussian, hostTensor } from '../parts/init/host.js';
import { besidesTargetedKernels } from '../parts/trained-base.js';
import { twoFactors } from '../parts/weight/two-factors.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the kernels, below both sides of every layer'),
  first: z
    .enum(['spectral', 'random'])
    .default('spectral')
    .describe('First factors: the best of this rank for the kernel that is replaced, or normals as large as it'),
});
type Config = z.infer<typeof config>;

const firstFactors: InitPart<Config> = {
  layer({ shape, kernel, config: { rank, first }, random }) {
    if (first === 'spectral') {
      const { left, values, right } = truncatedSvd(kernel, rank);
      const root = Matrix.diag(values.map(Math.sqrt));
      const factors = { factor_A: left.mmul(root), factor_B: root.mmul(right.transpose()) };
      return { tensors: { factor_A: hostTensor(factors.factor_A), factor_B: hostTensor(factors.factor_B) } };
    }
    // The product of normals of deviation d has entries of deviation d²·√r.
    const size = kernel.norm('frobenius') / Math.sqrt(shape.in * shape.out);
    const deviation = Math.sqrt(size / Math.sqrt(rank));
    return {
      tensors: {
        factor_A: gaussian([shape.in, rank], deviation, random),
        factor_B: gaussian([rank, shape.out], deviation, random),
      },
    };
  },
};

export const lowrankPretrain = defineMethod({
  name: 'lowrank-pretrain',
  title: 'Low-rank pre-training',
  purposes: ['pretrain'],
  paper: {
    title: 'Exploring Low Rank Training of Deep Neural Networks',
    arxiv: '2209.13569',
    year: 2022,
  },
  evidence: { level: 'partial', reason: 'How the factors of the published baseline start was not found' },
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M: perplexity 78.18; full rank 34.06. Of 1 B: 142.53; 15.56',
      source: 'arXiv 2403.03507, table 2',
      untold:
        'The paper reports it as worse, and paper claims are about what is better: LoRA, ReLoRA and GaLore have theirs against it',
    },
  ],
  summary: 'Has two thin matrices in the place of each kernel: the fewest weights, and the lowest quality to expect.',
  parameterFormula: 'r·(in + out) + out',
  memoryFormula: '4·trained + rows·(in + r)',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out) - 1,
  startsAtBase: false,
  trainsBase: besidesTargetedKernels,
  weight: twoFactors<Config>({ rank: (_, { rank }) => rank }),
  init: firstFactors,
  learningRates: [1e-3, 3e-3, 1e-2],
});
