/** @file rsLoRA: LoRA scaled by α/√r, so that the update does not shrink as the rank grows. */
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / √rank'),
});
type Config = z.infer<typeof config>;

export const rslora = defineMethod({
  name: 'rslora',
  title: 'rsLoRA',
  paper: { title: 'A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA', arxiv: '2312.03732', year: 2023 },
  evidence: {
    level: 'partial',
    reason: "The scale follows Python peft; the paper's results were not checked",
  },
  summary: 'LoRA with a scale that keeps learning stable at large ranks.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / Math.sqrt(rank)),
  init: zeroUpdate(),
  peft: loraForm({ use_rslora: true }),
  learningRates: [3e-4, 1e-3, 3e-3],
});
