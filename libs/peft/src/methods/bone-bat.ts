/** @file Block-affine transformation: every square block of a weight is changed by a trained block times itself. */
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod, type LayerShape } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Side of the square blocks; divides inputs and outputs'),
});
type Config = z.infer<typeof config>;

const blockShape = (layer: LayerShape, { rank }: Config) => [layer.out / rank, rank, rank];

/** `ΔK = Dᵢᵀ·K + Dᵢᵀ` for every `[rank, rank]` block K of the kernel, `Dᵢ` trained for the i-th block of outputs. */
const blockAffine = denseUpdate<Config>({
  readsKernel: true,
  linear: () => true,
  tensors: (layer, config) => ({ miss_block: { shape: blockShape(layer, config), trained: true, scope: 'layer' } }),
  update({ shape, kernel }, { tensors, config: { rank } }) {
    const [down, across] = [shape.in / rank, shape.out / rank];
    const blocks = tf.transpose(tf.reshape(kernel, [down, rank, across, rank]), [2, 1, 0, 3]);
    const shifted = tf.add(blocks, tf.reshape(tf.eye(rank), [1, rank, 1, rank]));
    const changes = tf.matMul(
      tensors.miss_block as Tensor3D,
      tf.reshape(shifted, [across, rank, down * rank]) as Tensor3D,
      true,
      false,
    );
    const placed = tf.transpose(tf.reshape(changes, [across, rank, down, rank]), [2, 1, 0, 3]);
    return tf.reshape(placed, [shape.in, shape.out]);
  },
  made: (layer, { rank }) => [{ rows: layer.out, inner: rank, columns: layer.in, left: ['miss_block'], right: [] }],
  // The kernel's blocks plus the identity.
  keeps: (layer) => layer.in * layer.out,
  // The kernel's blocks and those of ΔW.
  beside: (layer) => 2 * layer.in * layer.out,
  // The gradient of ΔW by blocks: what is kept has none.
  backward: (layer) => layer.in * layer.out,
});

export const boneBat = defineMethod({
  name: 'bone-bat',
  title: 'Bone (MiSS), bat',
  paper: {
    title: 'Bone: Block-Affine Adaptation of Large Language Models',
    arxiv: '2409.15371',
    year: 2024,
  },
  evidence: { level: 'partial', reason: 'As Python peft has it, MiSS with bat; no published result was checked' },
  summary: 'Changes each block of a weight by a trained block times itself: full rank for half of what LoRA trains.',
  parameterFormula: 'r·out',
  memoryFormula: '4·trained + rows·in + 2·in·out',
  config,
  usesRank: true,
  unfit: (layer, { rank }) => divides('rank', rank, layer.in, 'inputs') ?? divides('rank', rank, layer.out, 'outputs'),
  startsAtBase: true,
  weight: blockAffine,
  init: { layer: ({ shape, config }) => ({ tensors: { miss_block: constant(blockShape(shape, config), 0) } }) },
  peft: {
    type: 'MISS',
    settings: ({ rank }) => ({ r: rank, miss_dropout: 0, mini_r: 1, init_weights: 'bat', bias: 'none' }),
    config: ({ r }) => ({ rank: r }),
    trainingOnly: ['miss_dropout', 'mini_r'],
    tensors: { miss_block: asIs('miss_block') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
