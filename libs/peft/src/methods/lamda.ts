/**
 * @file LaMDA: a small square core is trained between a frozen projection and one that is frozen row by row. Source: arXiv
 * 2406.12832. The gradient and the optimizer's state of frozen rows stay allocated: the peak is that of the first steps.
 */
import { z } from 'zod';
import { defineMethod, type LayerShape } from '../method.js';
import { coreFactors } from '../parts/init/core.js';
import { freezeRows } from '../parts/rank/freeze-rows.js';
import { core, scaledCore } from '../parts/weight/core.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Size r of the core'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('The update is multiplied by alpha / rank. Default: the rank, as LoRA-XS’s authors have it'),
  start: z
    .enum(['random', 'spectral'])
    .default('random')
    .describe('random: no update at the start. spectral: the leading singular triplets of the weight, taken out of it'),
  freeze: z.number().gt(0).max(1).default(0.3).describe('Share of the steps over which the rows of B are frozen'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha = rank }: Config) => alpha / rank;

export const lamda = defineMethod({
  name: 'lamda',
  title: 'LaMDA',
  paper: {
    title: 'LaMDA: Large Model Fine-Tuning via Spectrally Decomposed Low-Dimensional Adaptation',
    arxiv: '2406.12832',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'The random start is that of the authors’ code. The spectral start is not in it: its exact form here is ours. The rows are frozen linearly as the paper describes; the code freezes three of them, and lets them drift by the momentum of the optimizer',
  },
  paperClaims: [
    {
      text: 'Up to 17.7 times fewer parameter updates at matched quality',
      source: 'arXiv 2406.12832, abstract',
      compare: { method: 'lora', measure: 'trained', size: { ratio: 1 / 17.7 } },
    },
    {
      text: 'Up to 1.32 times lower peak memory at matched quality',
      source: 'arXiv 2406.12832, abstract',
      compare: { method: 'lora', measure: 'memory', size: { ratio: 1 / 1.32 } },
    },
  ],
  summary: 'Trains r² numbers per layer, and for the first part of a run also one of the two projections around them.',
  parameterFormula: 'r² + r·out',
  memoryFormula: '4·trained + r·in + 2·rows·r + r² + 1',
  config,
  usesRank: true,
  unfit: ({ in: inputs, out }: LayerShape, { rank, start }: Config) => {
    const most = Math.min(inputs, out);
    return start === 'spectral' && rank > most
      ? `rank: ${rank} is above ${most}, the number of singular values of a ${inputs}×${out} weight`
      : undefined;
  },
  startsAtBase: true,
  weight: core({ middle: scaledCore(scale), trainsB: true }),
  init: coreFactors<Config>({ spectral: ({ start }) => start === 'spectral', scale }),
  rank: freezeRows<Config>({ tensor: 'lora_B', share: ({ freeze }) => freeze }),
  learningRates: [1e-3, 3e-3, 1e-2],
});
