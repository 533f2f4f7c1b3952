/** @file DoRA: a trained length per output unit over a direction that LoRA updates. */
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { withBaseMagnitudes } from '../parts/init/output-magnitude.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { outputMagnitude } from '../parts/weight/output-magnitude.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update of the direction'),
  alpha: alphaField('The update of the direction is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

export const dora = defineMethod({
  name: 'dora',
  title: 'DoRA',
  paper: { title: 'DoRA: Weight-Decomposed Low-Rank Adaptation', arxiv: '2402.09353', year: 2024 },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'LLaMA-7B, commonsense reasoning: 78.1; LoRA 74.7',
      source: 'arXiv 2402.09353',
      compare: { scale: { parameters: 7e9 }, method: 'lora', measure: 'score', size: { points: 3.4 } },
    },
  ],
  summary: 'Splits each weight into length and direction; LoRA updates the direction, a vector the lengths.',
  parameterFormula: 'r·(in + out) + out',
  memoryFormula: '4·trained + rows·(in + r + out) + (r + 2)·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: outputMagnitude(lowRank<Config>(({ alpha, rank }) => alpha / rank)),
  init: withBaseMagnitudes(zeroUpdate<Config>()),
  peft: loraForm({ use_dora: true }),
  learningRates: [3e-4, 1e-3, 3e-3],
});
