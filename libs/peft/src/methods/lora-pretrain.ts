/**
 * @file LoRA as pre-training: the kernels stay as they were drawn, low-rank updates of them and everything else are trained.
 * A baseline of GaLore's paper (arXiv 2403.03507); LoRA itself is arXiv 2106.09685.
 */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { besidesTargetedKernels } from '../parts/trained-base.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the updates, below both sides of every layer'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

export const loraPretrain = defineMethod({
  name: 'lora-pretrain',
  title: 'LoRA pre-training',
  purposes: ['pretrain'],
  paper: { title: 'LoRA: Low-Rank Adaptation of Large Language Models', arxiv: '2106.09685', year: 2021 },
  evidence: {
    level: 'partial',
    reason: "A baseline of GaLore's paper; that LoRA's α and dropout were those of this form was not read",
  },
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M: perplexity 34.99; factors alone 78.18',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 60e6 },
        method: 'lowrank-pretrain',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 34.99 / 78.18 },
      },
    },
  ],
  summary: 'Trains a low-rank update of frozen random kernels, and embeddings, norms and biases whole.',
  parameterFormula: 'r·(in + out) + out',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out) - 1,
  startsAtBase: true,
  trainsBase: besidesTargetedKernels,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank),
  init: zeroUpdate(),
  learningRates: [1e-3, 3e-3, 1e-2],
});
