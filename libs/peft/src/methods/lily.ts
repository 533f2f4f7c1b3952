/**
 * @file Lily: layers that follow each other share their first factor, and the second is weighed, batch by batch, out of some that all
 * layers of a role share. Source: arXiv 2407.09946; as Python peft has it.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs, transposed } from '../export/form.js';
import { defineMethod, type InitPart, type LayerContext, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(32).describe('Rank r of the update of each layer'),
  stride: z.int().min(1).default(1).describe('Layers of a role that follow each other and share their first factor'),
  experts: z.int().min(2).default(2).describe('Second factors that all layers of a role share'),
  scale: z.number().positive().default(1).describe('The update is multiplied by it'),
});
type Config = z.infer<typeof config>;

/** `[rank, out]`: the experts, weighed by what the router makes of all rows, as a mean over them. */
function weighed(hidden: Tensor2D, { tensors, products: { matMul }, config }: LayerContext<Config>): Tensor2D {
  const { rank, experts, scale } = config;
  const shares = tf.softmax(matMul(hidden, tensors.lily_router as Tensor2D));
  const weights = tf.mul(tf.mean(shares, 0, true), scale) as Tensor2D;
  const flat = tf.reshape(tensors.lily_B!, [experts, -1]) as Tensor2D;
  return tf.reshape(matMul(weights, flat), [rank, -1]);
}

/** `y = x·W + b + h·Σ pₑ·Bₑ`, `h = x·A`, and p the mean over all rows of `softmax(h·R)`: names as in Python peft. */
const interconnected: WeightPart<Config> = {
  tensors: (layer, { rank, stride, experts }) => ({
    lily_A: { shape: [layer.in, rank], trained: true, scope: 'group', every: stride, side: 'input' },
    lily_B: { shape: [experts * rank, layer.out], trained: true, scope: 'group', side: 'output' },
    lily_router: { shape: [rank, experts], trained: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const { matMul } = context.products;
    const output = base.forward(x);
    const hidden = matMul(context.dropout(x), context.tensors.lily_A as Tensor2D);
    return tf.add(output, matMul(hidden, weighed(hidden, context)));
  },
  kernel() {
    throw new Error('lily: no kernel computes what depends on all rows at once');
  },
  unmergeable: () => 'factors of its layers are weighed by what flows into them, which no kernel holds',
  activations: (layer, { rank, experts }) => ({
    perRow: rank + experts,
    // The second factor, its weights, and the scale.
    fixed: rank * layer.out + experts + 1,
    keepsInput: ['lily_A'],
    baseFirst: true,
    dropsInput: true,
    // Two outputs, and what the shares are made of.
    beside: { perRow: 2 * layer.out + experts, fixed: 0 },
    // It scales the product, not the weights.
    inPeft: { perRow: rank + experts, fixed: rank * layer.out + experts },
  }),
};

/** First factors and routers uniform on ±1/√(their rows), experts zero. */
const zeroUpdate: InitPart<Config> = {
  layer: ({ shape, config: { rank, experts }, random }) => ({
    tensors: {
      lily_A: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
      lily_B: constant([experts * rank, shape.out], 0),
      lily_router: uniform([rank, experts], 1 / Math.sqrt(rank), random),
    },
  }),
};

export const lily = defineMethod({
  name: 'lily',
  title: 'Lily',
  paper: { title: 'Low-Rank Interconnected Adaptation across Layers', arxiv: '2407.09946', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it: the mean over rows makes an output depend on its whole batch, padding too; no published result was checked',
  },
  summary:
    'Layers share low-rank factors, and each batch decides in every layer how much of each shared factor it uses.',
  parameterFormula: 'r·experts (+ r·in + experts·r·out once)',
  memoryFormula: '4·trained + rows·(in + r + experts) + r·out + experts + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: interconnected,
  init: zeroUpdate,
  peft: {
    type: 'LILY',
    settings: ({ rank, stride, experts, scale }) => ({
      r: rank,
      stride_A: stride,
      num_B: experts,
      scaling: scale,
      init_weights: true,
    }),
    config: ({ r, stride_A, num_B, scaling }) => ({ rank: r, stride: stride_A, experts: num_B, scale: scaling }),
    trainingOnly: ['init_weights'],
    tensors: {
      lily_A: transposed('lily_A.weight'),
      lily_B: asIs('lily_B.weight'),
      lily_router: transposed('lily_router.weight'),
    },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
