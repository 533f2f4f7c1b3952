/**
 * @file IncreLoRA: an update shaped like AdaLoRA's whose layers start at a small rank and gain ranks where they matter.
 * Source: arXiv 2308.12043. Tensors have room for the largest rank a layer may reach from the start, `ceiling · rank`, and
 * so have gradients and the optimizer's state; ranks that are not there yet are masked.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import {
  defineMethod,
  type InitPart,
  type LayerContext,
  type LayerShape,
  type PenaltyPart,
  type Tensors,
  type WeightPart,
} from '../method.js';
import { constant, gaussian } from '../parts/init/host.js';
import { gates, growRanks, rankName, reserveGate, scoreName } from '../parts/rank/growth.js';
import { alphaField } from '../parts/weight/alpha.js';
import { gated } from '../parts/weight/gated.js';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';

const config = z
  .strictObject({
    rank: z.int().min(1).default(8).describe('Mean rank of a layer at the end'),
    initialRank: z.int().min(1).default(1).describe('Rank of every layer at the start'),
    ceiling: z
      .number()
      .min(1)
      .default(2)
      .describe('Largest rank of a layer, as a multiple of the mean; room for it is held from the start'),
    increment: z.int().min(1).default(1).describe('Ranks that a layer gains at a time'),
    layersAtOnce: z.int().min(1).default(2).describe('Layers that gain ranks at a time'),
    warmup: z.number().min(0).lt(1).default(0.1).describe('Share of the steps before the first growth'),
    settle: z.number().min(0).lt(1).default(0.5).describe('Share of the steps at the end by which all has grown'),
    interval: z
      .int()
      .min(1)
      .optional()
      .describe('Steps between two growths. Default: what warmup and settle leave for each'),
    advance: z.boolean().default(true).describe('Whether the factors of the next ranks are trained before they count'),
    alpha: alphaField('The update is multiplied by alpha / rank of the layer at the time'),
    orthogonality: z.number().min(0).default(0.1).describe('Weight of the penalty on the lengths of the vectors'),
    beta1: z.number().gt(0).lt(1).default(0.85).describe('Smoothing of the importance'),
    beta2: z.number().gt(0).lt(1).default(0.85).describe('Smoothing of the uncertainty of the importance'),
  })
  .refine(({ initialRank, rank }) => initialRank <= rank, {
    path: ['initialRank'],
    message: 'must not be above rank, which is where growth ends',
  })
  .refine(({ warmup, settle }) => warmup + settle < 1, {
    path: ['settle'],
    message: 'warmup + settle must leave steps to grow in: less than 1',
  });
type Config = z.infer<typeof config>;

const capacity = ({ rank, ceiling }: Config) => Math.ceil(ceiling * rank);

const pieces = gated<Config>({
  gate: 'lora_E',
  rank: capacity,
  // 1e-5 as in the authors' code.
  scale: ({ tensors, config }) => tf.div(config.alpha, tf.add(tensors[rankName] as Tensor1D, 1e-5)),
});

/** `S = Σ|ΔW ⊙ ∂L/∂ΔW| / √(in·out)`, from the input of the update and the gradient of its output. */
function score(x: Tensor2D, dy: Tensor, context: LayerContext<Config>, shape: LayerShape): Tensor {
  const { a, b } = pieces.lowRank!.factors(shape, context);
  const gradient = tf.tidy(() => context.products.transposedTimes(x, dy as Tensor2D));
  const update = tf.matMul(a, b);
  const product = tf.mul(update, gradient);
  tf.dispose([gradient, update]);
  return chain(
    product,
    tf.abs,
    (t) => tf.sum(t),
    (t) => tf.div(t, Math.sqrt(shape.in * shape.out)),
  );
}

/** The score is more products than these. */
const { multiplies: _, ...unsaid } = pieces;

/**
 * `y = x·W + b + α/(ρ + 1e-5)·((x·A) ⊙ E)·B` with the rank ρ as it stands. In training the backward pass also makes the
 * gradient of `ΔW [in, out]`, whole, for the score.
 */
const growing: WeightPart<Config> = {
  ...unsaid,
  tensors: (layer, config) => ({
    ...pieces.tensors(layer, config),
    [rankName]: { shape: [1], trained: false, scheduled: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const { observe } = context;
    if (observe === undefined) return pieces.forward(x, base, context);
    const dropped = context.dropout(x);
    const output = pieces.forward(x, base, { ...context, dropout: () => dropped });
    const observed = (dy: Tensor, saved: { dropped: Tensor }) => {
      observe(scoreName, score(saved.dropped as Tensor2D, dy, context, base.shape));
      return dy;
    };
    return fused([[output, observed]], () => ({ value: output.clone(), save: { dropped } }));
  },
  activations(layer, config) {
    const kept = pieces.activations(layer, config);
    const backward = { perRow: 2 * kept.perRow, fixed: 2 * kept.fixed + 2 * layer.in * layer.out };
    return { ...kept, backward };
  },
};

const smallPieces: InitPart<Config> = {
  layer({ shape, config, random }) {
    const size = capacity(config);
    const reserve = config.initialRank < config.rank ? reserveGate : 0;
    return {
      tensors: {
        lora_A: gaussian([shape.in, size], 0.02, random),
        lora_E: { shape: [size], values: gates(size, config.initialRank, reserve, config) },
        lora_B: gaussian([size, shape.out], 0.02, random),
        [rankName]: constant([1], config.initialRank),
      },
    };
  },
};

/**
 * `γ · mean |‖v‖² − 1|` over the columns of A and rows of B that are there, the reserve included. The authors' code takes
 * AdaLoRA's penalty of each rank apart, which leaves of orthonormality the lengths.
 */
const unitLengths: PenaltyPart<Config> = {
  penalty(layers, config) {
    const counted = layers.map((tensors) => present(tensors, config));
    const distances = layers.map((tensors, index) => {
      const ofColumns = tf.abs(tf.sub(tf.sum(tf.square(tensors.lora_A as Tensor2D), 0), 1));
      const ofRows = tf.abs(tf.sub(tf.sum(tf.square(tensors.lora_B as Tensor2D), 1), 1));
      return tf.sum(tf.mul(tf.add(ofColumns, ofRows), counted[index]!));
    });
    const total = (terms: Tensor[]) => terms.reduce((sum, term) => tf.add(sum, term));
    const mean = tf.div(total(distances), tf.mul(total(counted.map((mask) => tf.sum(mask))), 2));
    return tf.mul(mean, config.orthogonality) as Scalar;
  },
  // Each layer keeps both distances before their absolute values, and the mask.
  activations: (layers, config) => 3 * layers.length * capacity(config) + 2,
};

/** 1 for the ranks of a layer and its reserve, 0 for what is not there yet. */
function present(tensors: Tensors, config: Config): Tensor {
  const count = tf.add(tensors[rankName] as Tensor1D, config.increment);
  return tf.cast(tf.less(tf.range(0, capacity(config)), count), 'float32');
}

export const increlora = defineMethod({
  name: 'increlora',
  title: 'IncreLoRA',
  paper: {
    title: 'IncreLoRA: Incremental Parameter Allocation Method for Parameter-Efficient Fine-tuning',
    arxiv: '2308.12043',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'Follows the authors’ code but for three things: a layer cannot grow above the ceiling; the optimizer has moments of a gate by the time it starts to be trained; growth is paced by the length of the run. The paper’s results were not compared',
  },
  paperClaims: [
    {
      text: 'Outperforms its baselines on GLUE, most where data is scarce',
      source: 'arXiv 2308.12043, abstract',
      compare: { method: 'adalora', measure: 'score' },
    },
  ],
  summary: 'Starts at rank 1 and adds ranks to the layers that matter most until the mean rank is reached.',
  parameterFormula: '⌈ceiling·r⌉·(in + out + 1)',
  memoryFormula: '4·trained + rows·(in + 2·⌈ceiling·r⌉) + ⌈ceiling·r⌉ + 4',
  config,
  clocks: { interval: { action: 'grows its ranks', at: 'after' } },
  usesRank: true,
  startsAtBase: true,
  weight: growing,
  init: smallPieces,
  rank: growRanks({ capacity }),
  penalty: unitLengths,
  learningRates: [1e-3, 3e-3, 1e-2],
});
