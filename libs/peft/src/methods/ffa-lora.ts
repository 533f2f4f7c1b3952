/** @file FFA-LoRA: LoRA whose A stays as it was drawn, so that an average over sites of what is trained is exact. */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

export const ffaLora = defineMethod({
  name: 'ffa-lora',
  title: 'FFA-LoRA',
  paper: { title: 'Improving LoRA in Privacy-preserving Federated Learning', arxiv: '2403.12313', year: 2024 },
  evidence: {
    level: 'partial',
    reason: "What is frozen and averaged follows the paper's abstract; no code of its authors could be read",
  },
  summary: 'LoRA with a frozen random A: averages of several trainings are exact, and half as much is sent.',
  parameterFormula: 'r·out',
  memoryFormula: '4·trained + r·in + rows·r + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank, { frozen: 'lora_A' }),
  init: zeroUpdate(),
  learningRates: [1e-3, 3e-3, 1e-2],
});
