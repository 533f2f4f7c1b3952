/** @file PiSSA: LoRA whose factors start as the principal part of the base weight; the residual is frozen. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Number of principal components that are trained'),
  alpha: z.number().positive().optional().describe('The product is multiplied by alpha / rank. Default: the rank'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha = rank }: Config) => alpha / rank;

/** `W ≈ U·Σ·Vᵀ` to rank r: `A = U·√(Σ/s)`, `B = √(Σ/s)·Vᵀ`, and the base keeps `W − s·A·B`. Equations 2 to 4. */
const principal: InitPart<Config> = {
  leavesResidual: true,
  layer({ kernel, config }) {
    const { left, values, right } = truncatedSvd(kernel, config.rank);
    const root = Matrix.diag(values.map((value) => Math.sqrt(value / scale(config))));
    const a = left.mmul(root);
    const b = root.mmul(right.transpose());
    return {
      tensors: { lora_A: hostTensor(a), lora_B: hostTensor(b) },
      kernel: Matrix.sub(kernel, a.mmul(b).mul(scale(config))),
    };
  },
};

export const pissa = defineMethod({
  name: 'pissa',
  title: 'PiSSA',
  paper: {
    title: 'PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models',
    arxiv: '2404.02948',
    year: 2024,
  },
  evidence: { level: 'full' },
  summary: 'Trains the principal components of each weight instead of noise and zero; the rest stays frozen.',
  parameterFormula: 'r·(in + out)',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: lowRank(scale),
  init: principal,
  learningRates: [1e-4, 3e-4, 1e-3],
});
