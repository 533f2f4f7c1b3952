/** @file VeRA: two trained vectors per layer around one pair of random matrices that all layers share. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs, transposed } from '../export/form.js';
import { defineMethod, type InitPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Columns of the shared random matrices'),
  initialScale: z.number().default(0.1).describe('First value of the trained vector between the matrices'),
});
type Config = z.infer<typeof config>;

/**
 * `y = x·W + b + (x·A)·diag(d)·B·diag(l)` with `d [rank]` and `l [out]` trained. A and B are as large as the largest
 * layer needs; a layer uses the first `in` rows of A and the first `out` columns of B. Equation 2.
 */
const vectors = factored<Config>({
  tensors: (layer, { rank }) => ({
    vera_A: { shape: [layer.in, rank], trained: false, scope: 'model' },
    vera_B: { shape: [rank, layer.out], trained: false, scope: 'model' },
    vera_lambda_d: { shape: [rank], trained: true, scope: 'layer' },
    vera_lambda_b: { shape: [layer.out], trained: true, scope: 'layer' },
  }),
  factors(layer, { tensors, config: { rank } }) {
    const b = tf.slice(tensors.vera_B as Tensor2D, [0, 0], [rank, layer.out]);
    const inner = tf.mul(b, tf.expandDims(tensors.vera_lambda_d as Tensor1D, 1));
    return {
      a: tf.slice(tensors.vera_A as Tensor2D, [0, 0], [layer.in, rank]),
      b: tf.mul(inner, tensors.vera_lambda_b as Tensor1D) as Tensor2D,
    };
  },
  multiplies: (layer, { rank }) => [
    { columns: rank, of: ['vera_A'] },
    { columns: layer.out, of: ['vera_B', 'vera_lambda_d', 'vera_lambda_b'] },
  ],
  activations: (layer, { rank }) => ({
    perRow: rank,
    // The slices of A and B, B after each of the two vectors.
    fixed: rank * (layer.in + 3 * layer.out),
    dropsInput: true,
    // It multiplies by the two vectors after the products with A and B, whose results it keeps.
    inPeft: { perRow: rank + layer.out, fixed: 0 },
  }),
});

/** A and B uniform on ±√(6/fan-in), drawn once for the model and stored with the adapter. */
const sharedProjections: InitPart<Config> = {
  layer: ({ shape, config }) => ({
    tensors: {
      vera_lambda_d: constant([config.rank], config.initialScale),
      vera_lambda_b: constant([shape.out], 0),
    },
  }),
  model({ layers, config: { rank }, random }) {
    const inputs = Math.max(...layers.map((layer) => layer.in));
    const outputs = Math.max(...layers.map((layer) => layer.out));
    return {
      vera_A: uniform([inputs, rank], Math.sqrt(6 / inputs), random),
      vera_B: uniform([rank, outputs], Math.sqrt(6 / rank), random),
    };
  },
};

export const vera = defineMethod({
  name: 'vera',
  title: 'VeRA',
  paper: { title: 'VeRA: Vector-based Random Matrix Adaptation', arxiv: '2310.11454', year: 2023 },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-large 87.8 with 0.061 M trained parameters; LoRA 87.8',
      source: 'arXiv 2310.11454',
      compare: { scale: { parameters: 355e6 }, method: 'lora', measure: 'trained' },
    },
  ],
  summary: 'Trains two vectors per layer around random matrices that all layers share.',
  parameterFormula: 'r + out',
  memoryFormula: '4·trained + rows·r + r·(in + 3·out) (+ r·(in + out) once)',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: vectors,
  init: sharedProjections,
  peft: {
    type: 'VERA',
    packed: true,
    conv1d: true,
    settings: ({ rank, initialScale }) => ({
      r: rank,
      d_initial: initialScale,
      vera_dropout: 0,
      bias: 'none',
      projection_prng_key: 0,
      save_projection: true,
    }),
    config: ({ r, d_initial }) => ({ rank: r, initialScale: d_initial }),
    trainingOnly: ['projection_prng_key', 'vera_dropout', 'init_weights'],
    tensors: {
      vera_A: transposed('vera_A'),
      vera_B: transposed('vera_B'),
      vera_lambda_d: asIs('vera_lambda_d'),
      vera_lambda_b: asIs('vera_lambda_b'),
    },
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
