/** @file Bone whose block is repeated along the outputs of a layer too. */
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant } from '../parts/init/host.js';
import { repeatedBlock } from '../parts/weight/repeated-block.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(8)
    .describe('Rows of the block: inputs whose index is equal modulo the rank share a row'),
  columns: z.int().min(1).default(8).describe('Columns of the block, repeated along the outputs; divides them'),
});
type Config = z.infer<typeof config>;

export const boneMini = defineMethod({
  name: 'bone-mini',
  title: 'Bone (MiSS), mini',
  paper: {
    title: 'Bone: Block-Affine Adaptation of Large Language Models',
    arxiv: '2409.15371',
    year: 2024,
  },
  evidence: { level: 'partial', reason: 'As Python peft has it, MiSS with mini; no published result was checked' },
  summary: 'Trains one small block per layer and repeats it along inputs and outputs.',
  parameterFormula: 'r·columns',
  memoryFormula: '4·trained + rows·r + r·in + (r + columns)·out',
  config,
  usesRank: true,
  maxRank: (layer) => layer.in,
  unfit: (layer, { columns }) => divides('columns', columns, layer.out, 'outputs'),
  startsAtBase: true,
  weight: repeatedBlock<Config>(({ columns }) => columns),
  init: { layer: ({ config }) => ({ tensors: { miss_block: constant([config.rank, config.columns], 0) } }) },
  peft: {
    type: 'MISS',
    packed: true,
    settings: ({ rank, columns }) => ({
      r: rank,
      miss_dropout: 0,
      mini_r: columns,
      init_weights: 'mini',
      bias: 'none',
    }),
    config: ({ r, mini_r }) => ({ rank: r, columns: mini_r }),
    trainingOnly: ['miss_dropout'],
    tensors: { miss_block: asIs('miss_block') },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
