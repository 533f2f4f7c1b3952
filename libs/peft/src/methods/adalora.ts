/**
 * @file AdaLoRA: an update shaped like an SVD, `A·diag(E)·B`, whose singular values are pruned across layers by
 * importance under a shrinking budget. Source: arXiv 2303.10512.
 * Where the authors' code and the paper differ the code is followed, because published results and peft come from it:
 * the penalty is the mean of un-squared norms (the paper: the sum of squared ones).
 */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { padded } from '../export/even.js';
import { type KeyedModule, type PeftFiles, reshaped, transposed } from '../export/form.js';
import { defineMethod, type InitPart, type PenaltyPart, type WeightPart } from '../method.js';
import { constant, gaussian } from '../parts/init/host.js';
import { allocateRanks } from '../parts/rank/budget.js';
import { alphaField } from '../parts/weight/alpha.js';
import { gated } from '../parts/weight/gated.js';
import { tf } from '../tensor/tf.js';

const share = z.number().min(0).max(1);
const config = z
  .strictObject({
    rank: z.int().min(1).default(8).describe('Mean rank of a layer at the end'),
    initialRankFactor: z.number().min(1).default(1.5).describe('The rank starts at this multiple, rounded up'),
    alpha: alphaField('The update is multiplied by alpha / initial rank'),
    warmup: share.default(0.1).describe('Share of the steps before pruning starts'),
    settle: share.default(0.3).describe('Share of the steps at the end with the final ranks'),
    interval: z.int().min(1).default(1).describe('Steps between two allocations'),
    beta1: z.number().gt(0).lt(1).default(0.85).describe('Smoothing of the importance'),
    beta2: z.number().gt(0).lt(1).default(0.85).describe('Smoothing of the uncertainty of the importance'),
    orthogonality: z.number().min(0).default(0.5).describe('Weight of the orthogonality penalty'),
  })
  .refine(({ warmup, settle }) => warmup + settle < 1, {
    path: ['settle'],
    message: 'warmup + settle must leave steps to prune in: less than 1',
  });
type Config = z.infer<typeof config>;

// A factor that is the ratio of two ranks gives the first of them, though the product may be the least bit above it.
const initialRank = ({ rank, initialRankFactor }: Config) => Math.ceil(rank * initialRankFactor - 1e-9);

/** The scale keeps the initial rank when triplets are pruned. */
const triplets: WeightPart<Config> = {
  ...gated<Config>({
    gate: 'lora_E',
    rank: initialRank,
    // 1e-5 as in the authors' code, where the rank may be zero.
    scale: ({ config }) => config.alpha / (initialRank(config) + 1e-5),
  }),
  // The rank of the layer.
  besideInPeft: () => ({ floats: 1 }),
};

const smallFactors: InitPart<Config> = {
  layer({ shape, config, random }) {
    const rank = initialRank(config);
    return {
      tensors: {
        lora_A: gaussian([shape.in, rank], 0.02, random),
        lora_E: constant([rank], 0),
        lora_B: gaussian([rank, shape.out], 0.02, random),
      },
    };
  },
};

/** `γ · mean over all A and B of ‖AᵀA − I‖_F, ‖BBᵀ − I‖_F`. */
const orthogonality: PenaltyPart<Config> = {
  penalty(layers, config, { matMul }) {
    const identity = tf.eye(initialRank(config)) as Tensor2D;
    const distance = (gram: Tensor2D) => tf.sqrt(tf.add(tf.sum(tf.square(tf.sub(gram, identity))), tiny));
    const distances = layers.flatMap(({ lora_A, lora_B }) => [
      distance(matMul(tf.transpose(lora_A as Tensor2D), lora_A as Tensor2D)),
      distance(matMul(lora_B as Tensor2D, tf.transpose(lora_B as Tensor2D))),
    ]);
    // Not `addN`: WebGPU binds at most 8 operands.
    const sum = distances.reduce((total, next) => tf.add(total, next));
    return tf.mul(sum, config.orthogonality / distances.length) as Scalar;
  },
  multiplies(layers, config) {
    const rank = initialRank(config);
    const gram = (inner: number, name: string) => ({ rows: rank, inner, columns: rank, left: [name], right: [name] });
    return layers.flatMap((layer) => [gram(layer.in, 'lora_A'), gram(layer.out, 'lora_B')]);
  },
  activations(layers, config) {
    const rank = initialRank(config);
    // A transposed copy and the difference to the identity, for A and B.
    return layers.reduce((sum, layer) => sum + rank * (layer.in + layer.out) + 2 * rank * rank, 0);
  },
  // The differences to the identity and their lengths.
  inPeft: (layers, config) => 2 * layers.length * (initialRank(config) ** 2 + 1),
};

/** Keeps the root differentiable at an exactly orthonormal factor, where it takes the subgradient 0. */
const tiny = 1e-30;

/** peft stores the triplets that were kept, `rank_pattern` says which, and scales them as if all were there. */
function fullTriplets({ settings, tensors }: PeftFiles, modules: readonly KeyedModule[]): PeftFiles {
  if (!settings.rank_pattern) return { settings, tensors };
  const layout = { axes: { lora_A: 0, lora_E: 0, lora_B: 1 } as const, rank: Number(settings.init_r) };
  const entries = padded(tensors, modules, layout);
  return { settings: { ...settings, rank_pattern: null }, tensors: new Map([...tensors, ...entries]) };
}

export const adalora = defineMethod({
  name: 'adalora',
  title: 'AdaLoRA',
  paper: {
    title: 'Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning',
    arxiv: '2303.10512',
    year: 2023,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of DeBERTaV3-base 89.31; LoRA at rank 8 88.34',
      source: 'arXiv 2303.10512',
      compare: { scale: { parameters: 184e6 }, method: 'lora', measure: 'score', size: { points: 0.97 } },
    },
  ],
  summary: 'Starts with spare rank everywhere and keeps it in the layers where it matters.',
  parameterFormula: '⌈1.5·r⌉·(in + out + 1)',
  memoryFormula: '6·trained + rows·(in + 2·⌈1.5·r⌉) + 2·⌈1.5·r⌉ + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: triplets,
  init: smallFactors,
  rank: allocateRanks({ initialRank }),
  penalty: orthogonality,
  peft: {
    type: 'ADALORA',
    conv1d: true,
    settings: (config) => ({
      target_r: config.rank,
      init_r: initialRank(config),
      lora_alpha: config.alpha,
      lora_dropout: 0,
      init_lora_weights: true,
      bias: 'none',
      // peft asks for a schedule even where none runs.
      total_step: 1,
      tinit: 0,
      tfinal: 0,
      rank_pattern: null,
    }),
    config: ({ target_r, init_r, lora_alpha }) => ({
      rank: target_r,
      initialRankFactor: Number(init_r) / Number(target_r),
      alpha: lora_alpha,
    }),
    trainingOnly: [
      'total_step',
      'tinit',
      'tfinal',
      'deltaT',
      'beta1',
      'beta2',
      'orth_reg_weight',
      'r',
      'lora_dropout',
      'init_lora_weights',
    ],
    even: fullTriplets,
    columnwise: true,
    tensors: {
      lora_A: transposed('lora_A'),
      lora_E: reshaped(
        'lora_E',
        ({ shape: [rank] }) => [rank!, 1],
        ({ shape: [rank] }) => [rank!],
      ),
      lora_B: transposed('lora_B'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
