/**
 * @file PEANuT: a small network makes the update of every kernel from the kernel itself. Source: arXiv 2410.01870; as Python peft
 * has it.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { transposed } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart, type LayerShape, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import type { BaseLayer, LayerContext, TensorSpec } from '../slots/layer.js';
import type { TensorProduct } from '../slots/weight.js';
import { tf } from '../tensor/tf.js';

const deepest = 8;

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Width r of the network'),
  depth: z
    .int()
    .min(0)
    .max(deepest)
    .default(0)
    .describe('Layers of the network on either side of its middle, besides the first and the last'),
  scale: z.number().positive().default(1).describe('The update is multiplied by it'),
});
type Config = z.infer<typeof config>;

const encoders = Array.from({ length: deepest }, (_, index) => `peanut_encoder_${index}`);
const decoders = Array.from({ length: deepest }, (_, index) => `peanut_decoder_${index}`);
const inner = ({ depth }: Config) => [...encoders.slice(0, depth), ...decoders.slice(0, depth)];

/** `[in, rank]` from the rows of the kernel: up to the middle and back, what was on the way up added on the way down. */
function network({ kernel }: BaseLayer, { tensors, products, config }: LayerContext<Config>): Tensor2D {
  const through = (rows: Tensor2D, name: string) => tf.relu(products.matMul(rows, tensors[name] as Tensor2D));
  const passed: Tensor2D[] = [];
  let hidden = through(kernel, 'peanut_A');
  for (const name of encoders.slice(0, config.depth)) {
    passed.push(hidden);
    hidden = through(hidden, name);
  }
  for (const name of decoders.slice(0, config.depth)) hidden = tf.add(through(hidden, name), passed.pop()!);
  return hidden;
}

/** `ΔW = s·g(W)·B`, g the network and `B [rank, out]`. */
const fromKernel: WeightPart<Config> = {
  readsKernel: true,
  tensors: (layer, config) => ({
    peanut_A: { shape: [layer.out, config.rank], trained: true, scope: 'layer' },
    ...Object.fromEntries(
      inner(config).map((name): [string, TensorSpec] => [
        name,
        { shape: [config.rank, config.rank], trained: true, scope: 'layer' },
      ]),
    ),
    peanut_B: { shape: [config.rank, layer.out], trained: true, scope: 'layer', side: 'output' },
  }),
  forward(x, base, context) {
    const { matMul } = context.products;
    const { a, b } = factors(base, context);
    return tf.add(base.forward(x), matMul(matMul(context.dropout(x), a), b));
  },
  kernel(base, context) {
    const { a, b } = factors(base, context);
    return tf.add(base.kernel, context.products.matMul(a, b));
  },
  multiplies: (layer, config) => [
    { columns: config.rank, of: ['peanut_A', ...inner(config)], made: made(layer, config) },
    { columns: layer.out, of: ['peanut_B'] },
  ],
  activations(layer, config) {
    const { rank, depth } = config;
    const each = rank * layer.in;
    return {
      perRow: rank,
      // Inputs and outputs of every relu, where a sum takes the place of an output; and the scaled B.
      fixed: 2 * each * (1 + 2 * depth) + rank * layer.out + 1,
      keepsInput: true,
      baseFirst: true,
      dropsInput: true,
      // Outputs of every relu, the sums, and the whole update, which rows are multiplied by.
      inPeft: { perRow: 0, fixed: each * (1 + 3 * depth), forInput: layer.in * layer.out, castsKernel: true },
    };
  },
};

const factors = (base: BaseLayer, context: LayerContext<Config>) => ({
  a: network(base, context),
  b: tf.mul(context.tensors.peanut_B as Tensor2D, context.config.scale) as Tensor2D,
});

/** Products of the network, each of which has a gradient for all that was before it. */
function made(layer: LayerShape, config: Config): TensorProduct[] {
  const { rank } = config;
  const first = { rows: layer.in, inner: layer.out, columns: rank, left: [], right: ['peanut_A'] };
  const others = inner(config).map((name, index) => ({
    ...{ rows: layer.in, inner: rank, columns: rank },
    left: ['peanut_A', ...inner(config).slice(0, index)],
    right: [name],
  }));
  return [first, ...others];
}

/** Every matrix uniform as torch's linear layers are, but for `B`, which is zero. */
const zeroUpdate: InitPart<Config> = {
  layer({ shape, config, random }) {
    const { rank } = config;
    const between = inner(config).map((name): [string, HostTensor] => [
      name,
      uniform([rank, rank], 1 / Math.sqrt(rank), random),
    ]);
    return {
      tensors: {
        peanut_A: uniform([shape.out, rank], 1 / Math.sqrt(shape.out), random),
        ...Object.fromEntries(between),
        peanut_B: constant([rank, shape.out], 0),
      },
    };
  },
};

export const peanut = defineMethod({
  name: 'peanut',
  title: 'PEANuT',
  paper: {
    title: 'PEANuT: Parameter-Efficient Adaptation with Weight-aware Neural Tweakers',
    arxiv: '2410.01870',
    year: 2024,
  },
  evidence: { level: 'partial', reason: 'As Python peft has it, with `relu`; no published result was checked' },
  summary: 'A small network, trained for each kernel, makes the low-rank update from the kernel.',
  parameterFormula: '2·r·out + 2·depth·r²',
  memoryFormula: '4·trained + rows·(in + r) + 2·r·in·(1 + 2·depth) + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: fromKernel,
  init: zeroUpdate,
  peft: {
    type: 'PEANUT',
    settings: ({ rank, depth, scale }) => ({ r: rank, depth, scaling: scale, act_fn: 'relu', init_weights: true }),
    config: ({ r, depth, scaling }) => ({ rank: r, depth, scale: scaling }),
    trainingOnly: ['init_weights'],
    tensors: {
      peanut_A: transposed('peanut_A.weight'),
      peanut_B: transposed('peanut_B.weight'),
      ...Object.fromEntries(encoders.map((name, index) => [name, transposed(`peanut_encoders.${index}.weight`)])),
      ...Object.fromEntries(decoders.map((name, index) => [name, transposed(`peanut_decoders.${index}.weight`)])),
    },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
