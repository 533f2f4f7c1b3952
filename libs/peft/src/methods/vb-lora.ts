/** @file VB-LoRA: both factors of every layer are made of pieces, each a mixture of a few vectors of one shared bank. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape } from '../method.js';
import { detached } from '../parts/autodiff.js';
import { divides } from '../parts/fit.js';
import { gaussian, uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z
  .strictObject({
    rank: z.int().min(1).default(4).describe('Rank of the update'),
    vectors: z.int().min(2).default(16).describe('Vectors of the bank'),
    vectorLength: z.int().min(1).default(8).describe('Length of a vector; divides inputs and outputs'),
    topK: z.int().min(2).default(2).describe('Vectors that a piece mixes'),
  })
  .refine(({ vectors, topK }) => topK <= vectors, { path: ['topK'], message: 'must not be above vectors' });
type Config = z.infer<typeof config>;

/** Pieces that A and B of a layer are made of. */
const pieces = (layer: LayerShape, { rank, vectorLength }: Config) => ({
  a: (rank * layer.in) / vectorLength,
  b: (rank * layer.out) / vectorLength,
});

/**
 * Every piece: the bank's vectors weighted by the softmax over the `topK` largest of its logits. All others have weight
 * and gradient 0. `logits` in any shape whose last axis is the bank → `[pieces, vectorLength]`.
 */
function mixed(logits: Tensor, { tensors, config, products }: LayerContext<Config>): Tensor2D {
  const { vectors, topK } = config;
  const rows = tf.reshape(logits, [-1, vectors]);
  const weights = tf.softmax(
    tf.add(
      rows,
      detached(() => withoutLargest(rows, topK)),
    ),
  ) as Tensor2D;
  return products.matMul(weights, tensors.vblora_vector_bank as Tensor2D);
}

/** 0 at the `count` largest entries of every row and −1e9 at all others. Not `topk`: tfjs has it wrong on WebGPU. */
function withoutLargest(rows: Tensor, count: number): Tensor {
  let left = tf.clone(rows);
  for (let taken = 0; taken < count; taken += 1) {
    const next = tf.tidy(() => {
      const largest = tf.cast(tf.oneHot(tf.argMax(left, 1), rows.shape[1]!), 'float32');
      return tf.sub(left, tf.mul(largest, 1e9));
    });
    left.dispose();
    left = next;
  }
  // Entries that were taken are about −1e9 now.
  return tf.mul(tf.cast(tf.greater(left, -5e8), 'float32'), -1e9);
}

/** `y = x·W + b + (x·A)·B`. Rows of Aᵀ are made of pieces along the inputs, rows of B of pieces along the outputs. */
const fromBank = factored<Config>({
  tensors: (layer, { rank, vectors, vectorLength }) => ({
    vblora_vector_bank: { shape: [vectors, vectorLength], trained: true, scope: 'model' },
    vblora_logits_A: { shape: [rank, layer.in / vectorLength, vectors], trained: true, scope: 'layer' },
    vblora_logits_B: { shape: [layer.out / vectorLength, rank, vectors], trained: true, scope: 'layer' },
  }),
  factors(layer, context) {
    const { rank, vectorLength } = context.config;
    const a = tf.reshape(mixed(context.tensors.vblora_logits_A!, context), [rank, layer.in]);
    const b = tf.reshape(mixed(context.tensors.vblora_logits_B!, context), [-1, rank, vectorLength]);
    return {
      a: tf.transpose(a) as Tensor2D,
      b: tf.reshape(tf.transpose(b, [1, 0, 2]), [rank, layer.out]),
    };
  },
  multiplies(layer, config) {
    const { a, b } = pieces(layer, config);
    const chosen = (rows: number, logits: string) => [
      {
        ...{ rows, inner: config.vectors, columns: config.vectorLength },
        left: [logits],
        right: ['vblora_vector_bank'],
      },
    ];
    return [
      { columns: config.rank, of: ['vblora_logits_A', 'vblora_vector_bank'], made: chosen(a, 'vblora_logits_A') },
      { columns: layer.out, of: ['vblora_logits_B', 'vblora_vector_bank'], made: chosen(b, 'vblora_logits_B') },
    ];
  },
  activations(layer, config) {
    const { a, b } = pieces(layer, config);
    return {
      perRow: config.rank,
      // Weights of all pieces, and the factors.
      fixed: (a + b) * config.vectors + config.rank * (layer.in + layer.out),
      keepsInput: true,
      dropsInput: true,
      // The vectors that are chosen, for one factor at a time.
      transient: { perRow: 0, fixed: Math.max(a, b) * config.vectors * 5 },
    };
  },
});

/** Nothing is zero, and no update: the bank is uniform on ±0.02, logits are normal of deviation 0.1. */
const randomMixtures: InitPart<Config> = {
  layer({ shape, config: { rank, vectors, vectorLength }, random }) {
    return {
      tensors: {
        vblora_logits_A: gaussian([rank, shape.in / vectorLength, vectors], 0.1, random),
        vblora_logits_B: gaussian([shape.out / vectorLength, rank, vectors], 0.1, random),
      },
    };
  },
  model: ({ config: { vectors, vectorLength }, random }) => ({
    vblora_vector_bank: uniform([vectors, vectorLength], 0.02, random),
  }),
};

export const vbLora = defineMethod({
  name: 'vb-lora',
  title: 'VB-LoRA',
  paper: {
    title: 'VB-LoRA: Extreme Parameter Efficient Fine-Tuning with Vector Banks',
    arxiv: '2405.15179',
    year: 2024,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-large 88.2; LoRA 87.8',
      source: 'arXiv 2405.15179',
      compare: { scale: { parameters: 355e6 }, method: 'lora', measure: 'score', size: { points: 0.4 } },
    },
  ],
  summary: 'Makes the low-rank factors of all layers from one bank of vectors: what is stored is which, and how much.',
  parameterFormula: 'r·vectors·(in + out)/vectorLength (+ vectors·vectorLength once)',
  memoryFormula: '4·trained + rows·(in + r) + r·vectors·(in + out)/vectorLength + r·(in + out)',
  config,
  usesRank: true,
  unfit: (layer, { vectorLength }) =>
    divides('vectorLength', vectorLength, layer.in, 'inputs') ??
    divides('vectorLength', vectorLength, layer.out, 'outputs'),
  startsAtBase: false,
  weight: fromBank,
  init: randomMixtures,
  peft: {
    type: 'VBLORA',
    packed: true,
    conv1d: true,
    settings: ({ rank, vectors, vectorLength, topK }) => ({
      r: rank,
      num_vectors: vectors,
      vector_length: vectorLength,
      topk: topK,
      vblora_dropout: 0,
      save_only_topk_weights: false,
      bias: 'none',
    }),
    config: ({ r, num_vectors: vectors, vector_length: vectorLength, topk: topK }) => ({
      rank: r,
      vectors,
      vectorLength,
      topK,
    }),
    trainingOnly: ['vblora_dropout', 'init_vector_bank_bound', 'init_logits_std'],
    tensors: {
      vblora_vector_bank: asIs('vblora_vector_bank'),
      vblora_logits_A: asIs('vblora_logits_A'),
      vblora_logits_B: asIs('vblora_logits_B'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
