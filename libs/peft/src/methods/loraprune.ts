/**
 * @file LoRAPrune: LoRA training that masks heads and channels on the way, judged from the factors and their gradients
 * alone. Source: arXiv 2305.18403. The importance takes absolute values, as the authors' code does.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { constant } from '../parts/init/host.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { maskedSide, maskName, pruneGroups } from '../parts/rank/pruned-groups.js';
import { alphaField } from '../parts/weight/alpha.js';
import { tf } from '../tensor/tf.js';

const share = z.number().min(0).lt(1);
const config = z
  .strictObject({
    rank: z.int().min(1).default(8).describe('Rank r of the update'),
    alpha: alphaField('The update is multiplied by alpha / rank'),
    ratio: share.default(0.5).describe('Share of heads and channels that is pruned at the end'),
    warmup: share.default(0.1).describe('Share of the steps before pruning starts'),
    cooldown: share.default(0.1).describe('Share of the steps at the end with the masks settled'),
    interval: z.int().min(1).default(10).describe('Steps between two prunings'),
    smoothing: share.default(0.9).describe('Weight of the importance so far in its moving mean'),
    protectedFirst: share.default(0.1).describe('Share of the blocks at the start that is not pruned'),
    protectedLast: z.int().min(0).default(1).describe('Number of blocks at the end that are not pruned'),
  })
  .refine(({ warmup, cooldown }) => warmup + cooldown < 1, {
    path: ['cooldown'],
    message: 'warmup + cooldown must leave steps to prune in: less than 1',
  });
type Config = z.infer<typeof config>;

const scale = ({ alpha, rank }: Config) => alpha / rank;
const scaledB = ({ tensors, config }: LayerContext<Config>) =>
  tf.mul(tensors.lora_B as Tensor2D, scale(config)) as Tensor2D;

/** The mask as a row over outputs `[out]` or a column over inputs `[in, 1]`; multiplies a kernel. */
function kernelMask(shape: LayerShape, { tensors }: LayerContext<Config>) {
  const mask = tensors[maskName] as Tensor1D;
  return maskedSide(shape) === 'out' ? mask : (tf.expandDims(mask, 1) as Tensor2D);
}

/** `y = (x·W + b + s·(x·A)·B) ⊙ M`, or over inputs `y = (x ⊙ M)·W + b + s·(x·(M ⊙ A))·B`. */
const masked: WeightPart<Config> = {
  tensors: (layer, { rank }) => ({
    lora_A: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
    lora_B: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    [maskName]: { shape: [layer[maskedSide(layer)]], trained: false, scheduled: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const { matMul } = context.products;
    const a = context.tensors.lora_A as Tensor2D;
    const update = (a: Tensor2D) => matMul(matMul(context.dropout(x), a), scaledB(context));
    const mask = context.tensors[maskName] as Tensor1D;
    return maskedSide(base.shape) === 'out'
      ? tf.mul(tf.add(base.forward(x), update(a)), mask)
      : tf.add(base.forward(tf.mul(x, mask)), update(tf.mul(a, kernelMask(base.shape, context))));
  },
  kernel(base, context) {
    const update = context.products.matMul(context.tensors.lora_A as Tensor2D, scaledB(context));
    return tf.mul(tf.add(base.kernel, update), kernelMask(base.shape, context));
  },
  bias: (base, { tensors }) =>
    base.bias && (maskedSide(base.shape) === 'out' ? tf.mul(base.bias, tensors[maskName] as Tensor1D) : base.bias),
  activations(layer, { rank }) {
    const side = maskedSide(layer);
    return {
      perRow: rank,
      fixed: rank * layer.out + 1 + (side === 'in' ? rank * layer.in : 0),
      keepsInput: true,
      dropsInput: true,
      // The masked tensor, before or after.
      beside: { perRow: 2 * layer.out + layer[side], fixed: 0 },
    };
  },
  // The full rank, as long as nothing is masked.
  reaches: (_, { rank }) => rank,
};

const nothingMasked: InitPart<Config> = {
  layer(input) {
    const { tensors } = zeroUpdate<Config>().layer(input);
    return { tensors: { ...tensors, [maskName]: constant([input.shape[maskedSide(input.shape)]], 1) } };
  },
};

export const loraprune = defineMethod({
  name: 'loraprune',
  title: 'LoRAPrune',
  paper: {
    title: 'LoRAPrune: Structured Pruning Meets Low-Rank Parameter-Efficient Fine-Tuning',
    arxiv: '2305.18403',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason: "The importance follows the authors' code; whether the paper's differs was not checked",
  },
  paperClaims: [
    {
      text: 'Half of LLaMA pruned: perplexity on WikiText-2 8.0 lower and memory 52.6 % lower than LLM-Pruner',
      source: 'arXiv 2305.18403, abstract',
      untold: 'LLM-Pruner is no method of this library',
    },
  ],
  summary: 'Trains LoRA and prunes heads and channels on the way; the merged model can be cut to what is left.',
  parameterFormula: 'r·(in + out)',
  memoryFormula:
    '4·trained + out + rows·(in + r) + r·out + 1 (output, down: 4·trained + in + rows·(in + r) + r·(in + out) + 1)',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: masked,
  init: nothingMasked,
  rank: pruneGroups(scale),
  learningRates: [3e-4, 1e-3, 3e-3],
});
