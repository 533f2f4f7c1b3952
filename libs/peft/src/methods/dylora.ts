/**
 * @file DyLoRA: a LoRA whose first k columns and rows work for every k, so that one training serves every rank.
 * Each step trains one rank that is drawn uniformly and shared by all layers. Source: arXiv 2210.07558.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type LayerContext, type RankPart, type Streams } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z
  .strictObject({
    rank: z.int().min(1).default(8).describe('Largest rank R; every rank up to it is trained'),
    alpha: alphaField('At rank k the update is multiplied by alpha / k'),
    frozen: z
      .boolean()
      .default(true)
      .describe("A step trains only the last column and row of the rank it drew, as the authors' GLUE script does"),
    servedRank: z.int().min(1).optional().describe('Rank that evaluation and merging use; omitted: the largest'),
  })
  .refine(({ rank, servedRank = 1 }) => servedRank <= rank, {
    path: ['servedRank'],
    error: 'must be at most rank, the largest rank that is trained',
  });
type Config = z.infer<typeof config>;

const drawnRank = ({ rank }: Config, random: Streams): number => 1 + random.fork('rank').integer(rank);
const servedRank = ({ rank, servedRank = rank }: Config): number => servedRank;

/** The first `k` entries along `axis`. `lastOnly`: in the backward pass only the last of them has a gradient. */
function leading(tensor: Tensor2D, axis: 0 | 1, k: number, lastOnly: boolean): Tensor2D {
  const [rows, columns] = tensor.shape;
  const from = axis === 0 ? ([k - 1, 0] as const) : ([0, k - 1] as const);
  const slice = (whole: Tensor2D) => tf.slice(whole, [0, 0], axis === 0 ? [k, columns] : [rows, k]);
  if (!lastOnly) return slice(tensor);
  const after = tensor.shape[axis] - k;
  return tf.customGrad((whole) => ({
    value: slice(whole as Tensor2D),
    gradFunc: (dy: Tensor) => {
      const last = tf.slice(dy as Tensor2D, [...from], axis === 0 ? [1, columns] : [rows, 1]);
      return tf.pad(last, axis === 0 ? [[k - 1, after], none] : [none, [k - 1, after]]);
    },
  }))(tensor) as Tensor2D;
}
const none: [number, number] = [0, 0];

/** `(α/k)·A[:, :k]·B[:k, :]`, where k is drawn in training and the served rank otherwise. */
function factors({ tensors, config, random }: LayerContext<Config>) {
  const k = random ? drawnRank(config, random) : servedRank(config);
  const lastOnly = random !== undefined && config.frozen;
  return {
    a: leading(tensors.lora_A as Tensor2D, 1, k, lastOnly),
    b: tf.mul(leading(tensors.lora_B as Tensor2D, 0, k, lastOnly), config.alpha / k) as Tensor2D,
  };
}

/**
 * Reports the rank of each step. In frozen mode momentum and decay would move what has no gradient in a step: masks stop
 * them.
 */
const oneRankAStep: RankPart<Config> = {
  init: () => ({}),
  async before({ layers, state, config, random }) {
    if (!config.frozen) return { state };
    const { rank } = config;
    const k = drawnRank(config, random);
    const only = Float32Array.from({ length: rank }, (_, index) => Number(index === k - 1));
    const masks = () => ({ lora_A: tf.tensor2d(only, [1, rank]), lora_B: tf.tensor2d(only, [rank, 1]) });
    return { state, masks: new Map(layers.map(({ path }) => [path, masks()])) };
  },
  async after({ layers, state, config, random }) {
    const rank = drawnRank(config, random);
    return { state, ranks: Object.fromEntries(layers.map(({ path }) => [path, rank])) };
  },
  memory: (layers, { rank, frozen }) => ({
    state: 0,
    workspace: 0,
    masks: frozen ? 2 * rank * layers.length : 0,
  }),
};

export const dylora = defineMethod({
  name: 'dylora',
  title: 'DyLoRA',
  paper: {
    title: 'DyLoRA: Parameter Efficient Tuning of Pre-trained Models using Dynamic Search-Free Low-Rank Adaptation',
    arxiv: '2210.07558',
    year: 2022,
  },
  evidence: {
    level: 'partial',
    reason: "The layer follows the released code and its GLUE script; the paper's results were not checked",
  },
  paperClaims: [
    {
      text: '4 to 7 times faster than a search of the rank with LoRA',
      source: 'arXiv 2210.07558, abstract',
      untold: 'Boards do not compare the time of whole searches',
    },
  ],
  summary: 'Trains once and serves every rank up to R: its first k columns and rows are an adapter of rank k.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·(in + out) + 1',
  config,
  usesRank: true,
  serves: {
    ranks: ({ rank }) => Array.from({ length: rank }, (_, index) => index + 1),
    at: (config, rank) => ({ ...config, servedRank: rank }),
  },
  startsAtBase: true,
  weight: factored<Config>({
    tensors: (layer, { rank }) => ({
      lora_A: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
      lora_B: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    }),
    columns: (_, config) => servedRank(config),
    reaches: (_, config) => servedRank(config),
    factors: (_, context) => factors(context),
    // Memory of the largest rank that a step may draw.
    activations: (layer, { rank }) => ({
      perRow: rank,
      fixed: rank * (layer.in + layer.out) + 1,
      keepsInput: true,
      dropsInput: true,
    }),
  }),
  init: zeroUpdate(),
  rank: oneRankAStep,
  learningRates: [1e-3, 3e-3, 1e-2],
});
