/**
 * @file LoRAM: LoRA that is trained on a pruned base and used on the whole one. With kept inputs I and outputs J a layer
 * trains `x_I·W[I,J] + s·(x_I·A)·B`, and A and B go back with zeros where rows and columns were pruned. Source: arXiv
 * 2502.13533, section 3, structured pruning.
 */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  pruneRatio: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .describe('Share of attention heads and feed-forward units that training goes without'),
  keep: z
    .enum(['largest', 'random'])
    .default('largest')
    .describe('Which heads and units are kept: those with the largest weights, or any'),
});
type Config = z.infer<typeof config>;

export const loram = defineMethod({
  name: 'loram',
  title: 'LoRAM',
  paper: {
    title: 'Train Small, Infer Large: Memory-Efficient LoRA Training for Large Language Models',
    arxiv: '2502.13533',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      "Training and recovery follow the paper; heads and units are chosen by the norm of their weights or at random, not by LLM-Pruner's gradients, and the pruned model is not aligned by further pre-training",
  },
  paperClaims: [
    {
      text: 'LLaMA-2-70B: 12.84 times fewer parameters in training',
      source: 'arXiv 2502.13533',
      compare: { scale: { parameters: 70e9 }, method: 'lora', measure: 'memory', size: { ratio: 1 / 12.84 } },
    },
    {
      text: 'LLaMA-2-70B, with 12.84 times fewer parameters in training: GSM8K 57.16; without fine-tuning 52.01',
      source: 'arXiv 2502.13533',
      untold: 'A base without training is no row of a board',
    },
  ],
  summary: 'LoRA trained on a base without half of its heads and feed-forward units, and used on the whole base.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank),
  init: zeroUpdate(),
  pruning: {
    ratio: ({ pruneRatio }) => pruneRatio,
    scores: ({ norms }, { keep }, random) => (keep === 'largest' ? norms : norms.map(() => random.uniform())),
    axes: { lora_A: ['in', 'own'], lora_B: ['own', 'out'] },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
