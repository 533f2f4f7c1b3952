/** @file Bone, later named MiSS: one trained block that is repeated along the inputs of a layer. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod } from '../method.js';
import { constant } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(8)
    .describe('Rows of the block: inputs whose index is equal modulo the rank share a row'),
});
type Config = z.infer<typeof config>;

/** `ΔW[i, :] = D[i mod rank, :]`, `D [rank, out]` trained: a low-rank update whose first factor sums shards of the input. */
const repeated = factored<Config>({
  tensors: (layer, { rank }) => ({ miss_block: { shape: [rank, layer.out], trained: true, scope: 'layer' } }),
  factors(layer, { tensors, config: { rank } }) {
    const copies = tf.tile(tf.eye(rank), [Math.ceil(layer.in / rank), 1]);
    return {
      a: tf.slice(copies, [0, 0], [layer.in, rank]) as Tensor2D,
      b: tensors.miss_block as Tensor2D,
    };
  },
  activations: (layer, { rank }) => ({ perRow: rank, fixed: rank * layer.in, dropsInput: true }),
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
    reason: 'The block that is repeated, as Python peft has it under the name MiSS; not the variants bat and mini',
  },
  summary:
    'Trains one block of rows per layer and repeats it along the inputs: half of what LoRA trains at equal rank.',
  parameterFormula: 'r·out',
  config,
  usesRank: true,
  maxRank: (layer) => layer.in,
  startsAtBase: true,
  weight: repeated,
  init: { layer: ({ shape, config }) => ({ tensors: { miss_block: constant([config.rank, shape.out], 0) } }) },
  peft: {
    type: 'MISS',
    settings: ({ rank }) => ({ r: rank, miss_dropout: 0, mini_r: 1, init_weights: true, bias: 'none' }),
    config: ({ r }) => ({ rank: r }),
    trainingOnly: ['miss_dropout'],
    equivalent: { init_weights: [false] },
    tensors: { miss_block: asIs('miss_block') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
