/** @file GraLoRA: every block of a weight has a low-rank update of its own. Source: arXiv 2505.20355. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs } from '../export/form.js';
import { defineMethod, type InitPart } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Parameters of a layer are those of LoRA of this rank; divided by blocks'),
  blocks: z
    .int()
    .min(1)
    .default(2)
    .describe(
      'k: a weight is cut into k × k blocks, each with an update of rank r / k; divides rank, inputs and outputs',
    ),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

/** For every row of `side`, in as many equal parts as there are blocks: 1 at its part, `[side, 1, blocks, 1]`. */
function membership(side: number, blocks: number): Tensor {
  const values = new Float32Array(side * blocks);
  for (let row = 0; row < side; row += 1) values[row * blocks + Math.floor((row * blocks) / side)] = 1;
  return tf.tensor4d(values, [side, 1, blocks, 1]);
}

/**
 * Rows `[rows, groups · size]` as `[rows, groups · blocks · size]`: a group is at its row's own part of the blocks, and zero at
 * the others. Keeps nothing.
 */
function spread(tensor: Tensor3D, sizes: { rows: number; groups: number; blocks: number; scale: number }): Tensor2D {
  const { rows, groups, blocks, scale } = sizes;
  const size = tensor.size / (rows * groups);
  const weights = () => tf.mul(membership(rows, blocks), scale);
  return fused<Tensor2D, Record<string, Tensor>>(
    [
      [
        tensor,
        (dy) => {
          const own = tf.mul(tf.reshape(dy, [rows, groups, blocks, size]), weights());
          return tf.reshape(tf.sum(own, 2), tensor.shape);
        },
      ],
    ],
    () => {
      const value = tf.tidy(() => {
        const placed = tf.mul(tf.reshape(tensor, [rows, groups, 1, size]), weights());
        return tf.reshape(placed, [rows, groups * blocks * size]) as Tensor2D;
      });
      return { value, save: {} };
    },
  );
}

/**
 * Inputs of block n give r numbers, r / k of them for each block of outputs; a block of outputs gets those of all n. As two
 * factors of the whole layer these are mostly zeros, `[in, k·r]` and `[k·r, out]`.
 */
const granular = factored<Config>({
  tensors: (layer, { rank, blocks }) => ({
    gralora_A: { shape: [blocks, layer.in / blocks, rank], trained: true, scope: 'layer', side: 'input' },
    gralora_B: { shape: [blocks, rank, layer.out / blocks], trained: true, scope: 'layer', side: 'output' },
  }),
  columns: (_, { rank, blocks }) => blocks * rank,
  factors(layer, { tensors, config: { rank, blocks, alpha } }) {
    const [a, b] = [tensors.gralora_A, tensors.gralora_B] as [Tensor3D, Tensor3D];
    return {
      a: spread(a, { rows: layer.in, groups: blocks, blocks, scale: 1 }),
      b: spread(b, { rows: blocks * rank, groups: 1, blocks, scale: alpha / rank }),
    };
  },
  multiplies: (layer, { rank, blocks }) => [
    { columns: blocks * rank, of: ['gralora_A'] },
    { columns: layer.out, of: ['gralora_B'] },
  ],
  activations: (layer, { rank, blocks }) => ({
    perRow: blocks * rank,
    fixed: blocks * rank * (layer.in + layer.out),
    keepsInput: ['gralora_A'],
    dropsInput: true,
    inPeft: { perRow: blocks * rank, fixed: 0 },
  }),
});

/** `A` uniform on ±√k/√in, which is ±1/√fan-in of a block, and `B` zero. */
const zeroUpdate: InitPart<Config> = {
  layer: ({ shape, config: { rank, blocks }, random }) => ({
    tensors: {
      gralora_A: uniform([blocks, shape.in / blocks, rank], Math.sqrt(blocks / shape.in), random),
      gralora_B: constant([blocks, rank, shape.out / blocks], 0),
    },
  }),
};

export const gralora = defineMethod({
  name: 'gralora',
  title: 'GraLoRA',
  paper: {
    title: 'GraLoRA: Granular Low-Rank Adaptation for Parameter-Efficient Fine-Tuning',
    arxiv: '2505.20355',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, without its hybrid rank; no published result was checked',
  },
  summary: 'Cuts a weight into k × k blocks with a low-rank update each: rank up to k·r for the parameters of LoRA.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + blocks·r) + blocks·r·(in + out)',
  config,
  usesRank: true,
  unfit: (layer, { rank, blocks }) =>
    divides('blocks', blocks, rank, 'ranks') ??
    divides('blocks', blocks, layer.in, 'inputs') ??
    divides('blocks', blocks, layer.out, 'outputs'),
  startsAtBase: true,
  weight: granular,
  init: zeroUpdate,
  peft: {
    type: 'GRALORA',
    conv1d: true,
    settings: ({ rank, blocks, alpha }) => ({
      r: rank,
      hybrid_r: 0,
      alpha,
      gralora_dropout: 0,
      gralora_k: blocks,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, gralora_k, alpha }) => ({ rank: r, blocks: gralora_k, alpha }),
    trainingOnly: ['gralora_dropout', 'init_weights'],
    tensors: { gralora_A: asIs('gralora_A'), gralora_B: asIs('gralora_B') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
