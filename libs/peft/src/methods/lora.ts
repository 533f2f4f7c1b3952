/** @file LoRA: `W + (α/r)·A·B` with the base frozen. */
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

export const lora = defineMethod({
  name: 'lora',
  title: 'LoRA',
  paper: { title: 'LoRA: Low-Rank Adaptation of Large Language Models', arxiv: '2106.09685', year: 2021 },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-base 87.2 with 0.3 M trained parameters; full fine-tuning 86.4',
      source: 'arXiv 2106.09685',
      compare: { scale: { parameters: 125e6 }, method: 'full-ft', measure: 'score', size: { points: 0.8 } },
    },
  ],
  summary: 'Adds a trained product of two thin matrices to each targeted layer; merges without cost.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: { ...lowRank<Config>(({ alpha, rank }) => alpha / rank), stacks: true },
  init: zeroUpdate(),
  peft: loraForm(),
  learningRates: [3e-4, 1e-3, 3e-3],
});
