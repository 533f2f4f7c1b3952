/**
 * @file SLTrain: every kernel is a low-rank product plus a few entries at random places, both trained from scratch.
 * Source: arXiv 2406.02214; scale, places and first values as in the authors' code.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { timesTransposed, transposedTimes } from '../engine/products.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { drawPlaces } from '../parts/init/places.js';
import { besidesTargetedKernels } from '../parts/trained-base.js';
import { alphaField } from '../parts/weight/alpha.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the low-rank part, below both sides of every layer'),
  alpha: alphaField('The low-rank part is multiplied by alpha / rank'),
  density: z
    .number()
    .gt(0)
    .lte(1)
    .default(0.03)
    .describe('Share of the entries of a kernel that are trained one by one'),
});
type Config = z.infer<typeof config>;

const entriesOf = (layer: LayerShape, { density }: Config) => Math.floor(density * layer.in * layer.out);

/** The engines keep places in float32, which skips whole numbers beyond this. */
const MOST_PLACES = 2 ** 24;

/** `s·A·B` plus the entries at their places. Holds three such kernels, the places and the scaled B at most. */
function kernelOf({ in: inputs, out }: LayerShape, { tensors, config }: LayerContext<Config>): Tensor2D {
  const { lora_A, lora_B, sparse_values } = tensors;
  return tf.tidy(() => {
    const product = tf.matMul(lora_A as Tensor2D, scaled(lora_B as Tensor2D, config));
    const places = tf.reshape(placesOf(tensors), [-1, 1]);
    const entries = tf.scatterND(places, sparse_values as Tensor1D, [inputs * out]);
    return tf.add(product, tf.reshape(entries, [inputs, out])) as Tensor2D;
  });
}

const scaled = (b: Tensor2D, { alpha, rank }: Config): Tensor2D => tf.mul(b, alpha / rank);
const placesOf = ({ sparse_indices }: LayerContext<Config>['tensors']): Tensor1D =>
  tf.cast(sparse_indices as Tensor1D, 'int32');

/** `x·(s·A·B + S)`. The kernel is made for the product and again for the backward pass: x alone is kept. */
function product(x: Tensor2D, layer: LayerShape, context: LayerContext<Config>): Tensor2D {
  const { lora_A, lora_B, sparse_values } = context.tensors as Record<string, Tensor2D>;
  type Saved = { x: Tensor2D; slope?: Tensor2D };
  return fused<Tensor2D, Saved>(
    [
      [x, (dy) => timesTransposed(dy, kernelOf(layer, context))],
      [lora_A!, (_, { slope }) => timesTransposed(slope!, scaled(lora_B!, context.config))],
      [lora_B!, (_, { slope }) => scaled(transposedTimes(lora_A!, slope!), context.config)],
      [sparse_values!, (_, { slope }) => tf.gather(tf.reshape(slope!, [-1]), placesOf(context.tensors))],
    ],
    () => ({ value: tf.matMul(x, kernelOf(layer, context)), save: { x } }),
    (dy, saved) => ({ slope: tf.tidy(() => transposedTimes(saved.x, dy)) }),
  );
}

const sparseAndLowRank: WeightPart<Config> = {
  replacesKernel: true,
  tensors: (layer, config) => ({
    lora_A: { shape: [layer.in, config.rank], trained: true, scope: 'layer', side: 'input' },
    lora_B: { shape: [config.rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    sparse_values: { shape: [entriesOf(layer, config)], trained: true, scope: 'layer' },
    // Row-major places of the entries, ascending.
    sparse_indices: { shape: [entriesOf(layer, config)], trained: false, index: true, scope: 'layer' },
  }),
  forward(x, { shape, bias }, context) {
    const y = product(x, shape, context);
    return bias ? tf.add(y, bias) : y;
  },
  kernel: ({ shape }, context) => kernelOf(shape, context),
  activations(layer, config) {
    const size = layer.in * layer.out;
    const made = 3 * size + entriesOf(layer, config) + config.rank * layer.out;
    return {
      perRow: 0,
      fixed: 0,
      keepsInput: true,
      transient: { perRow: 0, fixed: made },
      // And the gradient of the kernel.
      backward: { perRow: 0, fixed: size + made },
    };
  },
};

/** The low-rank part starts at 0, so that the kernel is its entries. What kernel was there does not matter. */
const sparseStart: InitPart<Config> = {
  layer({ shape, config, random }) {
    const entries = entriesOf(shape, config);
    const bound = 1 / Math.sqrt(shape.in);
    return {
      tensors: {
        lora_A: uniform([shape.in, config.rank], bound, random),
        lora_B: constant([config.rank, shape.out], 0),
        sparse_values: uniform([entries], bound, random),
        sparse_indices: {
          shape: [entries],
          values: Float32Array.from(drawPlaces(shape.in * shape.out, entries, random)),
        },
      },
    };
  },
};

export const sltrain = defineMethod({
  name: 'sltrain',
  title: 'SLTrain',
  purposes: ['pretrain'],
  paper: {
    title: 'SLTrain: a sparse plus low-rank approach for parameter and memory efficient pretraining',
    arxiv: '2406.02214',
    year: 2024,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'Comparable to full rank; 73 % less memory on a model of 7 B: the memory',
      source: 'arXiv 2406.02214, abstract',
      compare: {
        scale: { parameters: 7e9 },
        method: 'full-ft',
        measure: 'memory',
        kind: 'pretrain',
        size: { ratio: 0.27 },
      },
    },
  ],
  summary: 'Has a low-rank product plus a few entries at random places in the place of each kernel.',
  parameterFormula: 'r·(in + out) + entries + out',
  memoryFormula: '4·trained + entries + rows·in',
  symbols: (layer, config) => ({ entries: entriesOf(layer, config) }),
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out) - 1,
  unfit(layer, config) {
    const size = layer.in * layer.out;
    const least = `${config.density} leaves none of ${size} entries; ${1 / size} or more leaves one`;
    return entriesOf(layer, config) < 1 ? `density: ${least}` : undefined;
  },
  beyondEngine({ in: inputs, out }) {
    const size = inputs * out;
    if (size <= MOST_PLACES) return undefined;
    return `density: a kernel of ${size} entries has more places than the ${MOST_PLACES} that float32 tells apart`;
  },
  startsAtBase: false,
  trainsBase: besidesTargetedKernels,
  weight: sparseAndLowRank,
  init: sparseStart,
  learningRates: [1e-3, 3e-3, 1e-2],
});
