/** @file OLoRA: LoRA whose factors start as the leading part of a QR decomposition of the base weight. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { leadingQ } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Number of leading columns of Q that are trained'),
  alpha: alphaField('The product is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha }: Config) => alpha / rank;

/** `Wᵀ = Q·R`: `A = R_rᵀ`, `B = Q_rᵀ` with orthonormal rows, and the base keeps `W − s·A·B`. Algorithm 1. */
const orthonormal: InitPart<Config> = {
  leavesResidual: true,
  layer({ kernel, config }) {
    const q = leadingQ(kernel.transpose(), config.rank);
    const a = kernel.mmul(q);
    const b = q.transpose();
    return {
      tensors: { lora_A: hostTensor(a), lora_B: hostTensor(b) },
      kernel: Matrix.sub(kernel, a.mmul(b).mul(scale(config))),
    };
  },
};

export const olora = defineMethod({
  name: 'olora',
  title: 'OLoRA',
  paper: {
    title: 'OLoRA: Orthonormal Low-Rank Adaptation of Large Language Models',
    arxiv: '2406.01775',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: "The initialization follows Python peft; the paper's results were not checked",
  },
  summary: 'LoRA that starts from an orthonormal basis of the base weight instead of noise and zero.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: lowRank(scale),
  init: orthonormal,
  learningRates: [1e-4, 3e-4, 1e-3],
});
