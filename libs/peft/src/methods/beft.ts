/** @file BEFT: one bias of its own for each targeted layer is trained. Source: arXiv 2509.15974; as Python peft has it. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { reshaped } from '../export/form.js';
import { defineMethod, type WeightPart } from '../method.js';
import { constant } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({});
type Config = z.infer<typeof config>;

/** `y = x·W + b + β`, `β [out]`. A layer without a bias gets one. */
const shifted: WeightPart<Config> = {
  tensors: (layer) => ({ beft_bias: { shape: [layer.out], trained: true, scope: 'layer' } }),
  linear: () => true,
  addsBias: true,
  forward: (x, base, { tensors }) => tf.add(base.forward(x), tensors.beft_bias as Tensor1D) as Tensor2D,
  kernel: ({ kernel }) => kernel,
  bias: ({ bias }, { tensors }) => (bias ? tf.add(bias, tensors.beft_bias!) : tensors.beft_bias) as Tensor1D,
  multiplies: () => [],
  // The output of the base, beside the sum.
  activations: (layer) => ({ perRow: 0, fixed: 0, beside: { perRow: layer.out, fixed: 0 } }),
};

export const beft = defineMethod({
  name: 'beft',
  title: 'BEFT',
  paper: { title: 'BEFT: Bias-Efficient Fine-Tuning of Language Models', arxiv: '2509.15974', year: 2025 },
  evidence: { level: 'partial', reason: 'As Python peft has it; no published result was checked' },
  summary: 'Trains one bias for each layer that is chosen, such as the values of attention, and nothing else.',
  parameterFormula: 'out',
  memoryFormula: '4·trained',
  config,
  usesRank: false,
  startsAtBase: true,
  weight: shifted,
  init: { layer: ({ shape }) => ({ tensors: { beft_bias: constant([shape.out], 0) } }) },
  peft: {
    type: 'BEFT',
    packed: true,
    columnwise: true,
    settings: () => ({ init_weights: true }),
    config: () => ({}),
    trainingOnly: ['init_weights'],
    usualRoles: ['value'],
    tensors: {
      beft_bias: reshaped(
        'beft_bias',
        ({ shape: [size] }) => [1, size!],
        ({ values }) => [values.length],
      ),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
