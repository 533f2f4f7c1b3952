/** @file Hydra: a low-rank update of the layer's input beside one of its output. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type InitPart, type LayerContext, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank of the update that reads the input of the layer'),
  sequentialRatio: z
    .number()
    .positive()
    .default(1)
    .describe('Rank of the update that reads the output, as a multiple of the rank, rounded up'),
  scale: z.number().positive().default(1).describe('Both updates are multiplied by this'),
});
type Config = z.infer<typeof config>;

const sequentialRank = ({ rank, sequentialRatio }: Config) => Math.ceil(sequentialRatio * rank);

/**
 * `y = f + s·(x·A)·B + s·(f·C)·D` with `f = x·W + b`; `A [in, rank]`, `B [rank, out]`, `C [out, q]`, `D [q, out]`.
 * It merges into `W + s·(A·B + W·C·D)` and `b + s·b·C·D`. Dropout reaches the parallel update alone.
 */
const twoHeads: WeightPart<Config> = {
  tensors: (layer, config) => ({
    hydra_A: { shape: [layer.in, config.rank], trained: true, scope: 'layer', side: 'input' },
    hydra_B: { shape: [config.rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    hydra_C: { shape: [layer.out, sequentialRank(config)], trained: true, scope: 'layer' },
    hydra_D: { shape: [sequentialRank(config), layer.out], trained: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const { matMul } = context.products;
    const { a, b, c, d } = factors(context);
    const output = base.forward(x);
    const parallel = matMul(matMul(context.dropout(x), a), b);
    return tf.add(tf.add(output, parallel), matMul(matMul(output, c), d));
  },
  kernel(base, context) {
    const { matMul } = context.products;
    const { a, b, c, d } = factors(context);
    return tf.add(tf.add(base.kernel, matMul(a, b)), matMul(matMul(base.kernel, c), d));
  },
  bias(base, context) {
    if (!base.bias) return undefined;
    const { matMul } = context.products;
    const { c, d } = factors(context);
    const change = matMul(matMul(tf.expandDims(base.bias, 0) as Tensor2D, c), d);
    return tf.add(base.bias, tf.squeeze(change, [0])) as Tensor1D;
  },
  activations(layer, config) {
    const ranks = config.rank + sequentialRank(config);
    return {
      // The output of the base layer too, which the sequential update reads.
      perRow: ranks + layer.out,
      fixed: ranks * layer.out + 2,
      keepsInput: true,
      dropsInput: true,
      // Both updates, and the first sum.
      beside: { perRow: 3 * layer.out, fixed: 0 },
    };
  },
  multiplies: (layer, config) => [
    { columns: config.rank, of: ['hydra_A'] },
    { columns: layer.out, of: ['hydra_B'] },
    { from: 'output', columns: sequentialRank(config), of: ['hydra_C'] },
    { columns: layer.out, of: ['hydra_D'] },
  ],
  // The parallel update alone.
  reaches: (_, { rank }) => rank,
};

function factors({ tensors, config: { scale } }: LayerContext<Config>) {
  return {
    a: tensors.hydra_A as Tensor2D,
    b: tf.mul(tensors.hydra_B as Tensor2D, scale) as Tensor2D,
    c: tensors.hydra_C as Tensor2D,
    d: tf.mul(tensors.hydra_D as Tensor2D, scale) as Tensor2D,
  };
}

/** The factors next to what is read uniform on ±1/√(their rows), the others zero. */
const zeroUpdates: InitPart<Config> = {
  layer: ({ shape, config, random }) => ({
    tensors: {
      hydra_A: uniform([shape.in, config.rank], 1 / Math.sqrt(shape.in), random),
      hydra_B: constant([config.rank, shape.out], 0),
      hydra_C: uniform([shape.out, sequentialRank(config)], 1 / Math.sqrt(shape.out), random),
      hydra_D: constant([sequentialRank(config), shape.out], 0),
    },
  }),
};

export const hydra = defineMethod({
  name: 'hydra',
  title: 'Hydra',
  paper: {
    title: 'Hydra: Multi-head Low-rank Adaptation for Parameter Efficient Fine-tuning',
    arxiv: '2309.06922',
    year: 2023,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-base 87.9; LoRA 87.2',
      source: 'README of its repository',
      compare: { scale: { parameters: 125e6 }, method: 'lora', measure: 'score', size: { points: 0.7 } },
    },
  ],
  summary: 'One low-rank update reads the input of a layer and another its output; both merge, into weight and bias.',
  parameterFormula: 'r·(in + out) + 2·⌈sequentialRatio·r⌉·out',
  memoryFormula: '4·trained + rows·(in + out + r + ⌈sequentialRatio·r⌉) + (r + ⌈sequentialRatio·r⌉)·out + 2',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: twoHeads,
  init: zeroUpdates,
  learningRates: [3e-4, 1e-3, 3e-3],
});
