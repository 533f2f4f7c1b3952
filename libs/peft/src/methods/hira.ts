/** @file HiRA: the update is the base weight times a low-rank product, entry by entry. Source: Huang et al., ICLR 2025. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { transposed } from '../export/form.js';
import { defineMethod, type InitPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { timesFrozen } from '../parts/weight/times-frozen.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the product that the base weight is multiplied by'),
});
type Config = z.infer<typeof config>;

/** `ΔW = W ⊙ (A·B)`, `A [in, rank]` and `B [rank, out]`: names as in Python peft. */
const modulated = denseUpdate<Config>({
  readsKernel: true,
  tensors: (layer, { rank }) => ({
    hira_A: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
    hira_B: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
  }),
  update: ({ kernel }, { tensors, products }) =>
    timesFrozen(products.matMul(tensors.hira_A as Tensor2D, tensors.hira_B as Tensor2D), kernel),
  made: (layer, { rank }) => [{ rows: layer.in, inner: rank, columns: layer.out, left: ['hira_A'], right: ['hira_B'] }],
  keeps: () => 0,
  inPeft: (layer) => ({ perRow: 0, fixed: 0, forInput: layer.in * layer.out }),
  // A·B.
  beside: (layer) => layer.in * layer.out,
  // The gradient of A·B.
  backward: (layer) => layer.in * layer.out,
});

/** `A` uniform on ±1/√in, `B` zero. */
const zeroProduct: InitPart<Config> = {
  layer: ({ shape, config: { rank }, random }) => ({
    tensors: {
      hira_A: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
      hira_B: constant([rank, shape.out], 0),
    },
  }),
};

export const hira = defineMethod({
  name: 'hira',
  title: 'HiRA',
  paper: {
    title: 'HiRA: Parameter-Efficient Hadamard High-Rank Adaptation for Large Language Models',
    year: 2025,
  },
  evidence: { level: 'partial', reason: 'As Python peft has it; no published result was checked' },
  summary:
    'Multiplies a low-rank product by the base weight, entry by entry: an update of high rank for the parameters of LoRA.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·in + in·out',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: modulated,
  init: zeroProduct,
  peft: {
    type: 'HIRA',
    conv1d: true,
    columnwise: true,
    settings: ({ rank }) => ({ r: rank, hira_dropout: 0, init_weights: true }),
    config: ({ r }) => ({ rank: r }),
    trainingOnly: ['hira_dropout', 'init_weights'],
    tensors: { hira_A: transposed('hira_A'), hira_B: transposed('hira_B') },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
