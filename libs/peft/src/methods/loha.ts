/** @file LoHa: the update is the elementwise product of two low-rank products. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { transposed } from '../export/form.js';
import { defineMethod, type InitPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of each of the two products; the update has a rank up to r²'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

/** `ΔW = s · (w1_b·w1_a) ⊙ (w2_b·w2_a)`, `b [in, rank]` and `a [rank, out]`: names as in Python peft. */
const hadamard = denseUpdate<Config>({
  tensors: (layer, { rank }) => ({
    hada_w1_a: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    hada_w1_b: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
    hada_w2_a: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    hada_w2_b: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
  }),
  update(_, { tensors, products: { matMul }, config: { alpha, rank } }) {
    const scaled = tf.mul(tensors.hada_w1_a as Tensor2D, alpha / rank) as Tensor2D;
    const first = matMul(tensors.hada_w1_b as Tensor2D, scaled);
    const second = matMul(tensors.hada_w2_b as Tensor2D, tensors.hada_w2_a as Tensor2D);
    return tf.mul(first, second) as Tensor2D;
  },
  made: (layer, { rank }) =>
    ['1', '2'].map((one) => ({
      ...{ rows: layer.in, inner: rank, columns: layer.out },
      left: [`hada_w${one}_b`],
      right: [`hada_w${one}_a`],
    })),
  // Both products, the scaled factor, the scale.
  keeps: (layer, { rank }) => 2 * layer.in * layer.out + rank * layer.out + 1,
  // Gradients of both products; one of them with a turned factor and the gradient of the other.
  backward: (layer, { rank }) => 2 * layer.in * layer.out + rank * (layer.in + layer.out),
  // It makes both products again in the backward pass (`HadaWeight`), and keeps the scale.
  inPeft: (layer) => ({ perRow: 0, fixed: 1, forInput: layer.in * layer.out }),
});

/** One of the four factors is zero; the others uniform on ±1/√fan-in. */
const zeroFactor: InitPart<Config> = {
  layer({ shape, config: { rank }, random }) {
    const right = () => uniform([rank, shape.out], 1 / Math.sqrt(rank), random);
    return {
      tensors: {
        hada_w1_a: right(),
        hada_w1_b: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
        hada_w2_a: right(),
        hada_w2_b: constant([shape.in, rank], 0),
      },
    };
  },
};

export const loha = defineMethod({
  name: 'loha',
  title: 'LoHa',
  paper: {
    title: 'FedPara: Low-Rank Hadamard Product for Communication-Efficient Federated Learning',
    arxiv: '2108.06098',
    year: 2021,
  },
  evidence: { level: 'partial', reason: 'No published result for fine-tuning language models was checked' },
  paperClaims: [
    {
      text: 'VGG16 trained from scratch by a federation: CIFAR-10 82.88, CIFAR-100 45.78; low rank 77.62, 34.16',
      source: 'arXiv 2108.06098',
      untold: 'Convolutional networks trained by a federation: neither is here',
    },
  ],
  summary: 'Multiplies two low-rank products elementwise: rank up to r² for the parameters of rank 2r.',
  parameterFormula: '2·r·(in + out)',
  memoryFormula: '4·trained + rows·in + 3·in·out + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: hadamard,
  init: zeroFactor,
  peft: {
    type: 'LOHA',
    settings: ({ rank, alpha }) => ({ r: rank, alpha, rank_dropout: 0, module_dropout: 0, init_weights: true }),
    config: ({ r, alpha }) => ({ rank: r, alpha }),
    trainingOnly: ['rank_dropout', 'module_dropout', 'init_weights'],
    tensors: {
      hada_w1_a: transposed('hada_w1_a'),
      hada_w1_b: transposed('hada_w1_b'),
      hada_w2_a: transposed('hada_w2_a'),
      hada_w2_b: transposed('hada_w2_b'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
