/** @file Bone, later named MiSS: one trained block that is repeated along the inputs of a layer. */
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod } from '../method.js';
import { constant } from '../parts/init/host.js';
import { repeatedBlock } from '../parts/weight/repeated-block.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(8)
    .describe('Rows of the block: inputs whose index is equal modulo the rank share a row'),
});

export const bone = defineMethod({
  name: 'bone',
  title: 'Bone (MiSS)',
  paper: {
    title: 'Bone: Block-Affine Adaptation of Large Language Models',
    arxiv: '2409.15371',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: 'The block that is repeated, as Python peft has it under the name MiSS; the paper was read in part',
  },
  paperClaims: [
    {
      text: 'LLaMA-2-7B trained on MetaMathQA: GSM8K 49.36, 5.84 above PiSSA',
      source: 'arXiv 2409.15371, abstract',
      compare: { scale: { parameters: 7e9 }, method: 'pissa', measure: 'score', size: { points: 5.84 } },
    },
  ],
  summary:
    'Trains one block of rows per layer and repeats it along the inputs: half of what LoRA trains at equal rank.',
  parameterFormula: 'r·out',
  memoryFormula: '4·trained + rows·r + r·in',
  config,
  usesRank: true,
  maxRank: (layer) => layer.in,
  startsAtBase: true,
  weight: repeatedBlock(),
  init: { layer: ({ shape, config }) => ({ tensors: { miss_block: constant([config.rank, shape.out], 0) } }) },
  peft: {
    type: 'MISS',
    packed: true,
    settings: ({ rank }) => ({ r: rank, miss_dropout: 0, mini_r: 1, init_weights: true, bias: 'none' }),
    config: ({ r }) => ({ rank: r }),
    trainingOnly: ['miss_dropout'],
    equivalent: { init_weights: [false] },
    tensors: { miss_block: asIs('miss_block') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
