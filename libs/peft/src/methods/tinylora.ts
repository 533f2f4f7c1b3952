/** @file TinyLoRA: a few numbers weigh random matrices between frozen singular factors. Source: arXiv 2602.04118; as Python peft has it. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { asIs, type PeftTensor, transpose, transposed } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart } from '../method.js';
import { constant, gaussian, hostTensor } from '../parts/init/host.js';
import { core } from '../parts/weight/core.js';
import { mixture } from '../parts/weight/mixture.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(2).describe('Singular vectors of each side that an update is made of'),
  numbers: z.int().min(1).default(64).describe('u: trained numbers, each the weight of a random r × r matrix'),
  tied: z.boolean().default(false).describe('All layers share the numbers; otherwise each has its own'),
});
type Config = z.infer<typeof config>;

const nameOf = ({ tied }: Config) => (tied ? 'tinylora_shared' : 'tinylora_v');

/** `ΔW = A·R·B` with `R = Σ vᵢ·Pᵢ`, A and B the singular factors of the kernel. */
const weighted = core<Config>({
  factors: { a: 'tinylora_A', b: 'tinylora_B' },
  middle: {
    tensors: (_, config) => ({
      tinylora_P: { shape: [config.numbers, config.rank, config.rank], trained: false, scope: 'layer' },
      [nameOf(config)]: { shape: [config.numbers], trained: true, scope: config.tied ? 'model' : 'layer' },
    }),
    make: (_, { tensors, config }) =>
      mixture(tensors[nameOf(config)] as Tensor1D, tensors.tinylora_P!, config.rank, config.rank),
    keeps: ({ rank }) => rank * rank,
    made: (_, config) => [
      { rows: 1, inner: config.numbers, columns: config.rank ** 2, left: [nameOf(config)], right: [] },
    ],
    linear: true,
  },
});

/** `A = U·√Σ`, `B = √Σ·Vᵀ`, matrices from N(0, 1/r), and numbers of zero. */
const singularFactors: InitPart<Config> = {
  layer({ kernel, config, random }) {
    const { rank, numbers, tied } = config;
    const { left, values, right } = truncatedSvd(kernel, rank);
    const roots = Matrix.diag(values.map(Math.sqrt));
    return {
      tensors: {
        tinylora_A: hostTensor(left.mmul(roots)),
        tinylora_B: hostTensor(roots.mmul(right.transpose())),
        tinylora_P: gaussian([numbers, rank, rank], 1 / Math.sqrt(rank), random),
        ...(!tied && { tinylora_v: constant([numbers], 0) }),
      },
    };
  },
  model: ({ config: { tied, numbers } }): Record<string, HostTensor> =>
    tied ? { tinylora_shared: constant([numbers], 0) } : {},
};

/** Each matrix the other way round. */
function turned({ shape, values }: HostTensor): HostTensor {
  const [numbers, rank] = shape as [number, number, number];
  const own = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += rank * rank) {
    const matrix = { shape: [rank, rank], values: values.subarray(first, first + rank * rank) };
    own.set(transpose(matrix).values, first);
  }
  return { shape: [numbers, rank, rank], values: own };
}

const matrices: PeftTensor = { name: 'tinylora_P', write: turned, read: turned };

export const tinylora = defineMethod({
  name: 'tinylora',
  title: 'TinyLoRA',
  paper: { title: 'Learning to Reason in 13 Parameters', arxiv: '2602.04118', year: 2026 },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, with numbers of each layer or of all layers, and none of the sharing between; no published result was checked',
  },
  summary: 'Trains a few numbers in all, or for each layer: the weights of random matrices between singular factors.',
  parameterFormula: 'own (+ shared once)',
  memoryFormula: '4·trained + r·(in + out) + numbers·r² + rows·r + r²',
  symbols: (_, { numbers, tied }) => ({ own: tied ? 0 : numbers, shared: tied ? numbers : 0 }),
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: weighted,
  init: singularFactors,
  peft: {
    type: 'TINYLORA',
    conv1d: true,
    settings: ({ rank, numbers, tied }) => ({
      r: rank,
      u: numbers,
      weight_tying: tied ? 1 : 0,
      projection_seed: 42,
      save_projection: true,
      init_v_bound: 0.02,
      tinylora_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, u, weight_tying }) => ({ rank: r, numbers: u, tied: weight_tying === 1 }),
    trainingOnly: ['projection_seed', 'init_v_bound', 'tinylora_dropout', 'init_weights'],
    tensors: {
      tinylora_A: transposed('tinylora_A'),
      tinylora_B: transposed('tinylora_B'),
      tinylora_P: matrices,
      tinylora_v: { ...asIs('tinylora_v'), numbered: true },
      tinylora_shared: asIs('tinylora_v.0'),
    },
  },
  learningRates: [1e-2, 3e-2, 1e-1],
});
