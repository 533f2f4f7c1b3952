/** @file SVFit: trains the leading singular values of the base weight between their frozen singular vectors. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { trainedDiagonal } from '../parts/weight/diagonal.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Singular values of each weight that are trained, the largest first'),
});
type Config = z.infer<typeof config>;

const singularValues = trainedDiagonal<Config>({
  names: { a: 'svfit_U', diagonal: 'svfit_sigma', b: 'svfit_V' },
  scale: () => 1,
});

/** `W ≈ U·diag(σ)·Vᵀ` to rank r; the base keeps `W − U·diag(σ)·Vᵀ`. */
const principal: InitPart<Config> = {
  leavesResidual: true,
  layer({ kernel, config }) {
    const { left, values, right } = truncatedSvd(kernel, config.rank);
    const product = left.mmul(Matrix.diag(values)).mmul(right.transpose());
    return {
      tensors: {
        svfit_U: hostTensor(left),
        svfit_sigma: { shape: [config.rank], values: Float32Array.from(values) },
        svfit_V: hostTensor(right.transpose()),
      },
      kernel: Matrix.sub(kernel, product),
    };
  },
};

export const svfit = defineMethod({
  name: 'svfit',
  title: 'SVFit',
  paper: {
    title: 'SVFit: Parameter-Efficient Fine-Tuning of Large Pre-Trained Models Using Singular Values',
    arxiv: '2409.05926',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Made from the abstract and the introduction: no code is published. Its rule that the trained singular values hold 99 % of the information is left out, because the measure is not known; the rank is set by hand',
  },
  paperClaims: [
    {
      text: 'Outperforms LoRA with 16 times fewer trained parameters: the score',
      source: 'arXiv 2409.05926, abstract',
      compare: { method: 'lora', measure: 'score' },
    },
    {
      text: 'Outperforms LoRA with 16 times fewer trained parameters: the parameters',
      source: 'arXiv 2409.05926, abstract',
      compare: { method: 'lora', measure: 'trained', size: { ratio: 1 / 16 } },
    },
  ],
  summary: 'Trains r numbers per layer: the largest singular values of the base weight.',
  parameterFormula: 'r',
  memoryFormula: '4·trained + r·(in + out) + rows·r + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: singularValues,
  init: principal,
  learningRates: [1e-2, 3e-2, 1e-1],
});
