/** @file NOLA: low-rank factors that are sums of frozen random matrices, of which only the coefficients are trained. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { factored } from '../parts/weight/low-rank.js';
import { mixture } from '../parts/weight/mixture.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update; it does not change what is trained'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  bases: z
    .int()
    .min(1)
    .default(256)
    .describe('Random matrices that each factor is mixed of; the authors use 512 to 1024'),
});
type Config = z.infer<typeof config>;

/**
 * `y = x·W + b + s·(x·A)·B`, `A = A₀ + Σ aᵢ·Aᵢ`, `B = Σ bᵢ·Bᵢ`, `a` and `b [bases]` trained.
 * The random matrices are shared by all layers and kept: `bases·rank·(in + out)` floats of the largest sides, once. The
 * authors draw them per layer from a seed, anew in every pass.
 */
const mixed = factored<Config>({
  tensors: (layer, { rank, bases }) => ({
    nola_basis_A: { shape: [bases, layer.in * rank], trained: false, scope: 'model' },
    nola_basis_B: { shape: [bases, rank * layer.out], trained: false, scope: 'model' },
    nola_A0: { shape: [layer.in, rank], trained: false, scope: 'layer' },
    nola_alpha: { shape: [bases], trained: true, scope: 'layer' },
    nola_beta: { shape: [bases], trained: true, scope: 'layer' },
  }),
  factors(layer, { tensors, config: { rank, alpha } }) {
    const a = mixture(tensors.nola_alpha as Tensor1D, tensors.nola_basis_A!, layer.in, rank);
    const b = mixture(tensors.nola_beta as Tensor1D, tensors.nola_basis_B!, rank, layer.out);
    return { a: tf.add(a, tensors.nola_A0 as Tensor2D), b: tf.mul(b, alpha / rank) as Tensor2D };
  },
  activations: (layer, { rank }) => ({
    perRow: rank,
    fixed: rank * (layer.in + layer.out) + 1,
    keepsInput: true,
    dropsInput: true,
  }),
});

/**
 * Bases uniform on ±1/√bases, `A₀` uniform on ±1/√in, coefficients zero. `A₀` is in the authors' code and not in the
 * paper's equation, under which no coefficient would ever have a gradient.
 */
const randomBases: InitPart<Config> = {
  layer: ({ shape, config: { rank, bases }, random }) => ({
    tensors: {
      nola_A0: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
      nola_alpha: constant([bases], 0),
      nola_beta: constant([bases], 0),
    },
  }),
  model({ layers, config: { rank, bases }, random }) {
    const largest = (side: 'in' | 'out') => Math.max(...layers.map((layer) => layer[side]));
    const bound = 1 / Math.sqrt(bases);
    return {
      nola_basis_A: uniform([bases, largest('in') * rank], bound, random),
      nola_basis_B: uniform([bases, rank * largest('out')], bound, random),
    };
  },
};

export const nola = defineMethod({
  name: 'nola',
  title: 'NOLA',
  paper: {
    title: 'NOLA: Compressing LoRA using Linear Combination of Random Basis',
    arxiv: '2310.02556',
    year: 2023,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GPT-2 L on E2E: BLEU 70.5 with 0.144 M trained parameters; LoRA at rank 4 70.4 with 0.77 M',
      source: 'arXiv 2310.02556',
      compare: { scale: { parameters: 774e6 }, method: 'lora', measure: 'trained', size: { ratio: 0.144 / 0.77 } },
    },
  ],
  summary:
    'Trains the coefficients of random matrices: as many numbers as you choose, whatever the layer and the rank.',
  parameterFormula: '2·bases',
  memoryFormula: '4·trained + rows·(in + r) + r·(2·in + out) + 1 (+ bases·r·(in + out) once)',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: mixed,
  init: randomBases,
  learningRates: [3e-3, 1e-2, 3e-2],
});
