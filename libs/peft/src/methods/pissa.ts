/** @file PiSSA: LoRA whose factors start as the principal part of the base weight; the residual is frozen. */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { principal } from '../parts/init/principal.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Number of principal components that are trained'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('The product is multiplied by alpha / rank. Default: the rank, as in the paper'),
  iterations: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe('Power iterations of a randomized SVD of the weight. Default: the exact one'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha = rank }: Config) => alpha / rank;

export const pissa = defineMethod({
  name: 'pissa',
  title: 'PiSSA',
  paper: {
    title: 'PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models',
    arxiv: '2404.02948',
    year: 2024,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'LLaMA-2-7B trained on MetaMathQA: GSM8K 53.22; LoRA 42.85',
      source: 'arXiv 2404.02948',
      compare: { scale: { parameters: 7e9 }, method: 'lora', measure: 'score', size: { points: 10.37 } },
    },
  ],
  summary: 'Trains the principal components of each weight instead of noise and zero; the rest stays frozen.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  // A start's kernels follow from the seed of its adapter since the second.
  numbers: ({ starts, config }) => (starts && config.iterations !== undefined ? 2 : 1),
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: lowRank(scale),
  init: principal(scale),
  learningRates: [1e-4, 3e-4, 1e-3],
});
