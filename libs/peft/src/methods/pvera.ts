/** @file PVeRA: VeRA whose inner numbers are drawn in training, with a trained mean and spread. Source: arXiv 2512.07703; as Python peft has it. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs, transposed } from '../export/form.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Numbers that are drawn between the shared random matrices'),
  initialScale: z
    .number()
    .default(0.1)
    .describe('First value of the trained factors of means and of logarithms of variances'),
});
type Config = z.infer<typeof config>;

/** The first or the second half of what means and logarithms of variances are made of, of a vector or of every row. */
const half = (tensor: Tensor, which: 0 | 1): Tensor => tf.split(tensor, 2, -1)[which]!;

/**
 * `d₁·h₁ + ε·exp(d₂·h₂ / 2)` with `h = [h₁, h₂]` and standard normals ε `[rows, r]`, which are drawn again for the backward pass
 * instead of being kept.
 */
function drawn(h: Tensor2D, d: Tensor1D, rank: number, { path, random, batch = 0 }: LayerContext<Config>): Tensor2D {
  const [rows] = h.shape;
  const noise = () => {
    // Rows of every batch of a step have numbers of their own.
    const stream = random!.fork(batch === 0 ? `normals/${path}` : `normals/${path}/${batch}`);
    return tf.tensor2d(
      Float32Array.from({ length: rows * rank }, () => stream.normal()),
      [rows, rank],
    );
  };
  const spread = (h: Tensor2D) => tf.tidy(() => tf.mul(noise(), tf.exp(tf.mul(half(h, 1), tf.mul(half(d, 1), 0.5)))));
  type Saved = { h: Tensor2D; slope?: Tensor };
  return fused<Tensor2D, Saved>(
    [
      [h, (dy, { slope }) => tf.concat([tf.mul(dy, half(d, 0)), tf.mul(slope!, half(d, 1))], 1)],
      [
        d,
        (dy, { h, slope }) => tf.concat([tf.sum(tf.mul(dy, half(h, 0)), 0), tf.sum(tf.mul(slope!, half(h, 1)), 0)], 0),
      ],
    ],
    () => ({ value: tf.tidy(() => tf.add(tf.mul(half(h, 0), half(d, 0)), spread(h)) as Tensor2D), save: { h } }),
    // The gradient of the logarithms of variances.
    (dy, saved) => ({ slope: tf.tidy(() => tf.mul(dy, tf.mul(spread(saved.h), 0.5))) }),
  );
}

const slice = (tensor: Tensor | undefined, rows: number, columns: number) =>
  tf.slice(tensor as Tensor2D, [0, 0], [rows, columns]);

/** `B·diag(l)` */
const outer = (layer: LayerShape, { tensors, config: { rank } }: LayerContext<Config>) =>
  tf.mul(slice(tensors.pvera_B, rank, layer.out), tensors.pvera_lambda_b as Tensor1D) as Tensor2D;

/** `y = x·W + b + (x·A₁)·diag(d₁)·B·diag(l)`: the mean, which merging and evaluation take. */
const mean = factored<Config>({
  tensors: (layer, { rank }) => ({
    pvera_A: { shape: [layer.in, 2 * rank], trained: false, scope: 'model' },
    pvera_B: { shape: [rank, layer.out], trained: false, scope: 'model' },
    pvera_lambda_d: { shape: [2 * rank], trained: true, scope: 'layer' },
    pvera_lambda_b: { shape: [layer.out], trained: true, scope: 'layer' },
  }),
  factors(layer, context) {
    const { tensors, config } = context;
    const d = tf.expandDims(half(tensors.pvera_lambda_d!, 0), 1);
    return { a: slice(tensors.pvera_A, layer.in, config.rank), b: tf.mul(outer(layer, context), d) };
  },
  activations: (layer, { rank }) => ({
    // What A gives, and the numbers that are drawn.
    perRow: 3 * rank,
    // The slices of A and B, and B by the vector of outputs.
    fixed: 2 * rank * (layer.in + layer.out),
    dropsInput: true,
    // Normal numbers and deviations too, and what it makes before it multiplies by the vector of outputs.
    inPeft: { perRow: 4 * rank + layer.out, fixed: 0 },
    backward: { perRow: 6 * rank, fixed: 2 * rank * layer.out },
  }),
});

const sampled: WeightPart<Config> = {
  ...mean,
  forward(x, base, context) {
    if (!context.random) return mean.forward(x, base, context);
    const { matMul } = context.products;
    const { tensors, config } = context;
    const output = base.forward(x);
    const h = matMul(context.dropout(x), slice(tensors.pvera_A, base.shape.in, 2 * config.rank));
    const inner = drawn(h, tensors.pvera_lambda_d as Tensor1D, config.rank, context);
    return tf.add(output, matMul(inner, outer(base.shape, context)));
  },
};

/** A and B uniform on ±√(6/fan-in), drawn once for the model and stored with the adapter. */
const sharedProjections: InitPart<Config> = {
  layer: ({ shape, config }) => ({
    tensors: {
      pvera_lambda_d: constant([2 * config.rank], config.initialScale),
      pvera_lambda_b: constant([shape.out], 0),
    },
  }),
  model({ layers, config: { rank }, random }) {
    const inputs = Math.max(...layers.map((layer) => layer.in));
    const outputs = Math.max(...layers.map((layer) => layer.out));
    return {
      pvera_A: uniform([inputs, 2 * rank], Math.sqrt(6 / inputs), random),
      pvera_B: uniform([rank, outputs], Math.sqrt(6 / rank), random),
    };
  },
};

export const pvera = defineMethod({
  name: 'pvera',
  title: 'PVeRA',
  paper: { title: 'PVeRA: Probabilistic Vector-Based Random Matrix Adaptation', arxiv: '2512.07703', year: 2025 },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, with means alone in evaluation; no published result was checked',
  },
  summary: 'VeRA whose numbers between the shared matrices are drawn in training, with trained means and spreads.',
  parameterFormula: '2·r + out',
  memoryFormula: '4·trained + rows·3·r + 2·r·(in + out) (+ r·(2·in + out) once)',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: { ...sampled, samples: true },
  init: sharedProjections,
  peft: {
    type: 'PVERA',
    conv1d: true,
    settings: ({ rank, initialScale }) => ({
      r: rank,
      d_initial: initialScale,
      pvera_dropout: 0,
      bias: 'none',
      projection_prng_key: 0,
      save_projection: true,
      sample_at_inference: false,
    }),
    config: ({ r, d_initial }) => ({ rank: r, initialScale: d_initial }),
    trainingOnly: ['projection_prng_key', 'pvera_dropout', 'init_weights', 'generator_seed'],
    tensors: {
      pvera_A: transposed('pvera_A'),
      pvera_B: transposed('pvera_B'),
      pvera_lambda_d: asIs('pvera_lambda_d'),
      pvera_lambda_b: asIs('pvera_lambda_b'),
    },
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
