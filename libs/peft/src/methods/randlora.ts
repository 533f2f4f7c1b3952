/** @file RandLoRA: a full-rank update as a sum of random low-rank products of which only scalings are trained. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs, resized } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart, type LayerShape } from '../method.js';
import { constant, sampled } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import type { FloatsInPeft } from '../slots/weight.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of each random product; there are ⌈min(in, out) / r⌉ of them'),
  scaling: z
    .enum(['authors', 'peft'])
    .default('authors')
    .describe(
      "What the update is multiplied by: alpha / (rank · √products) in the authors' code, alpha / rank in peft",
    ),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe("Default: 2 · rank with the authors' scaling, as in their scripts; 20 · rank with peft's"),
  bases: z
    .enum(['uniform', 'sparse', 'very-sparse'])
    .default('uniform')
    .describe('Entries of the random matrices: uniform; −1, 0 or 1 with a third not 0; or one in √(shorter side)'),
});
type Config = z.infer<typeof config>;

/** Shorter and longer side of a layer, and how many products of rank r fill the shorter one. */
function sizes(layer: LayerShape, rank: number) {
  const short = Math.min(layer.in, layer.out);
  return { short, long: Math.max(layer.in, layer.out), products: Math.ceil(short / rank) };
}

const defaultAlpha = { authors: 2, peft: 20 };
const alphaOf = ({ rank, scaling, alpha = defaultAlpha[scaling] * rank }: Config): number => alpha;

/** Peft's alpha, which it divides by the rank alone, for a layer with so many products. */
const peftAlpha = (config: Config, products: number): number =>
  config.scaling === 'peft' ? alphaOf(config) : alphaOf(config) / Math.sqrt(products);

/** The needs of the layer that needs most. */
function largest(layers: readonly LayerShape[], rank: number) {
  const most = (side: 'short' | 'long' | 'products') => Math.max(...layers.map((layer) => sizes(layer, rank)[side]));
  return { short: most('short'), long: most('long'), products: most('products') };
}

/** peft takes the longest input and the longest output first, and of these the shorter. */
const peftShort = (layers: readonly LayerShape[]) =>
  Math.min(Math.max(...layers.map((layer) => layer.in)), Math.max(...layers.map((layer) => layer.out)));

/**
 * `ΔW = s · Bᶠ·Aᶠ` or its transpose, where `Aᶠ [r·n, short]` holds `λ[k, j]·A[k, :]·γ[j, :]` in row `k·n + j` and `Bᶠ
 * [long, n·r]` is B flattened. A and B are random and shared by all layers, each of which uses their first entries.
 * The authors' code and Python peft pair rows and columns so; the sum that the paper writes pairs them otherwise.
 */
const scaledBases = factored<Config>({
  tensors(layer, { rank }) {
    const { short, long, products } = sizes(layer, rank);
    return {
      randlora_A: { shape: [rank, short], trained: false, scope: 'model' },
      randlora_B: { shape: [long, products, rank], trained: false, scope: 'model' },
      randlora_lambda: { shape: [rank, products], trained: true, scope: 'layer' },
      randlora_gamma: { shape: [products, short], trained: true, scope: 'layer' },
    };
  },
  columns: (layer, { rank }) => rank * sizes(layer, rank).products,
  factors(layer, { tensors, config }) {
    const { rank } = config;
    const { short, long, products } = sizes(layer, rank);
    const scale = peftAlpha(config, products) / rank;
    const rows = tf.slice(tensors.randlora_A as Tensor2D, [0, 0], [rank, short]);
    const lambda = tf.mul(tensors.randlora_lambda as Tensor2D, scale);
    const scaled = tf.mul(tf.mul(tf.expandDims(lambda, 2), tf.expandDims(rows, 1)), tensors.randlora_gamma as Tensor2D);
    const a = tf.reshape(scaled, [rank * products, short]) as Tensor2D;
    const b = tf.reshape(tf.slice(tensors.randlora_B as Tensor3D, [0, 0, 0], [long, products, rank]), [
      long,
      products * rank,
    ]) as Tensor2D;
    return layer.in <= layer.out ? { a: tf.transpose(a), b: tf.transpose(b) } : { a: b, b: a };
  },
  multiplies(layer, { rank }) {
    const [trained, frozen] = [['randlora_lambda', 'randlora_gamma'], ['randlora_B']];
    const wide = layer.in <= layer.out;
    return [
      { columns: rank * sizes(layer, rank).products, of: wide ? trained : frozen },
      { columns: layer.out, of: wide ? frozen : trained },
    ];
  },
  activations(layer, { rank }) {
    const { short, products } = sizes(layer, rank);
    const columns = rank * products;
    const wide = layer.in <= layer.out;
    // The factor of A; that of B is a view.
    const inPeft: FloatsInPeft = { perRow: wide ? 0 : columns, fixed: 0, forInput: columns * short };
    // The used part of A, A after λ, both factors, the scale.
    const fixed = rank * short + columns * (short + layer.in + layer.out) + 1;
    return wide
      ? {
          perRow: 0,
          fixed,
          inPeft,
          keepsInput: true,
          dropsInput: true,
          // And x·A; both factors before they are turned.
          beside: { perRow: 2 * layer.out + columns, fixed: columns * (layer.in + layer.out) },
        }
      : { perRow: columns, fixed, inPeft, dropsInput: true };
  },
});

const zeroScaling: InitPart<Config> = {
  layer({ shape, config: { rank } }) {
    const { short, products } = sizes(shape, rank);
    return {
      tensors: {
        randlora_lambda: constant([rank, products], 0),
        randlora_gamma: constant([products, short], 1 / Math.max(products, short)),
      },
    };
  },
  model({ layers, config: { rank, bases }, random }) {
    const { short, long, products } = largest(layers, rank);
    const draw = {
      uniform: () => 2 * random.uniform() - 1,
      sparse: () => ternary(3, random),
      'very-sparse': () => ternary(Math.sqrt(short), random),
    }[bases];
    return {
      randlora_A: standardized(sampled([rank, short], draw)),
      randlora_B: standardized(sampled([long, products, rank], draw)),
    };
  },
};

/** −1 or 1, each once in `2·sparsity` draws, otherwise 0: a sparse random projection. */
function ternary(sparsity: number, random: Random): number {
  const place = random.uniform() * 2 * sparsity;
  return place < 1 ? -1 : place < 2 ? 1 : 0;
}

/** Entries divided by their standard deviation. */
function standardized({ shape, values }: HostTensor): HostTensor {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const deviation = Math.sqrt(variance) || 1;
  return { shape, values: values.map((value) => value / deviation) };
}

export const randlora = defineMethod({
  name: 'randlora',
  title: 'RandLoRA',
  paper: {
    title: 'RandLoRA: Full-rank parameter-efficient fine-tuning of large models',
    arxiv: '2502.00987',
    year: 2025,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'LLaMA-3-8B, commonsense of 170 k examples: 84.6; LoRA 84.4',
      source: 'arXiv 2502.00987',
      compare: { scale: { parameters: 8e9 }, method: 'lora', measure: 'score', size: { points: 0.2 } },
    },
    {
      text: 'LLaMA-3-8B, commonsense of 170 k examples: 84.6; VeRA 81.7',
      source: 'arXiv 2502.00987',
      compare: { scale: { parameters: 8e9 }, method: 'vera', measure: 'score', size: { points: 2.9 } },
    },
    {
      text: 'LLaMA-3-8B, commonsense of 170 k examples: 84.6; NoLA 81.2',
      source: 'arXiv 2502.00987',
      compare: { scale: { parameters: 8e9 }, method: 'nola', measure: 'score', size: { points: 3.4 } },
    },
  ],
  summary: 'Reaches full rank by scaling random matrices that all layers share; a smaller rank trains more.',
  parameterFormula: '⌈min(in, out)/r⌉·(r + min(in, out))',
  memoryFormula: '4·trained + rows·kept + r·s + r·n·(s + in + out) + 1 (+ r·(s + n·l) once)',
  symbols(layer, { rank }) {
    const { short, long, products } = sizes(layer, rank);
    return { s: short, l: long, n: products, kept: layer.in <= layer.out ? layer.in : rank * products };
  },
  config,
  usesRank: true,
  startsAtBase: true,
  weight: scaledBases,
  init: zeroScaling,
  peft: {
    type: 'RANDLORA',
    packed: true,
    conv1d: true,
    unsupported: (config, layers) =>
      config.scaling === 'peft' || new Set(layers.map((layer) => sizes(layer, config.rank).products)).size === 1
        ? undefined
        : "the targeted layers differ in their number of products, and peft scales all alike (scaling: 'peft' does)",
    settings: (config, [first]) => ({
      r: config.rank,
      randlora_alpha: peftAlpha(config, sizes(first!.shape, config.rank).products),
      randlora_dropout: 0,
      bias: 'none',
      projection_prng_key: 0,
      save_projection: true,
      sparse: config.bases === 'sparse',
      very_sparse: config.bases === 'very-sparse',
    }),
    config: ({ r, randlora_alpha, sparse, very_sparse }) => ({
      rank: r,
      scaling: 'peft',
      alpha: randlora_alpha,
      bases: very_sparse ? 'very-sparse' : sparse ? 'sparse' : 'uniform',
    }),
    trainingOnly: ['projection_prng_key', 'randlora_dropout', 'init_weights', 'sparse', 'very_sparse'],
    tensors: {
      randlora_A: {
        name: 'randlora_A',
        write: ({ shape: [rank, short], values }, { layers }) =>
          resized({ shape: [rank!, 1, short!], values }, [rank!, 1, peftShort(layers)]),
        read({ shape: [rank, , short], values }, { layers }) {
          return resized({ shape: [rank!, short!], values }, [rank!, largest(layers, rank!).short]);
        },
      },
      randlora_B: {
        name: 'randlora_B',
        write: (tensor, { layers }) => {
          const [long, , rank] = tensor.shape as [number, number, number];
          return resized(tensor, [long, Math.ceil(peftShort(layers) / rank), rank]);
        },
        read(tensor, { layers }) {
          const [long, , rank] = tensor.shape as [number, number, number];
          return resized(tensor, [long, largest(layers, rank).products, rank]);
        },
      },
      randlora_lambda: asIs('randlora_lambda'),
      randlora_gamma: asIs('randlora_gamma'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
