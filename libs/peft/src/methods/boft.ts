/**
 * @file BOFT: inputs are rotated by a product of butterfly factors, each block-diagonal after a shuffle, and outputs are
 * rescaled. Source: arXiv 2311.06243.
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs, reshaped } from '../export/form.js';
import { type BaseLayer, defineMethod, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant } from '../parts/init/host.js';
import { blocksTimes, timesBlocks } from '../parts/weight/blocks.js';
import { cayley } from '../parts/weight/orthogonal.js';
import { tf } from '../tensor/tf.js';

const config = z
  .strictObject({
    blockSize: z.int().min(2).optional().describe('Size of a block; divides the inputs. Default: 4'),
    blocks: z.int().min(1).optional().describe('Number of blocks of a factor, in place of their size'),
    factors: z
      .int()
      .min(1)
      .default(1)
      .describe('Butterfly factors: with m of them, groups of size · 2^(m − 1) inputs mix'),
  })
  .refine(({ blockSize, blocks }) => blockSize === undefined || blocks === undefined, {
    path: ['blocks'],
    message: 'give blockSize or blocks, not both',
  });
type Config = z.infer<typeof config>;

const blockSizeOf = (layer: LayerShape, { blockSize = 4, blocks }: Config) =>
  blocks === undefined ? blockSize : layer.in / blocks;

/** `[factors, in / k, k, k]` */
const rotationShape = (layer: LayerShape, config: Config) => {
  const size = blockSizeOf(layer, config);
  return [config.factors, layer.in / size, size, size] as [number, number, number, number];
};

/** Orthogonal blocks `[in / k, k, k]` of each factor, the first factor first. */
function rotations({ tensors: { boft_R }, config }: LayerContext<Config>): Tensor3D[] {
  const [, count, size] = boft_R!.shape as [number, number, number];
  return Array.from({ length: config.factors }, (_, factor) => {
    const raw = tf.reshape(tf.slice(boft_R!, factor, 1), [count, size, size]);
    return cayley(tf.mul(tf.sub(raw, tf.transpose(raw, [0, 2, 1])), 0.5));
  });
}

/**
 * Half-blocks of factor i shuffled inside groups of 2^(i + 1), so that those a block joins lie beside each other.
 *
 * @param unit Entries of a half-block and of everything behind it
 * @param back Undoes it
 */
function shuffled<T extends Tensor>(x: T, factor: number, unit: number, back = false): T {
  if (factor === 0) return x;
  const halves = [2, 2 ** factor];
  const [first, second] = back ? halves.toReversed() : halves;
  return tf.reshape(tf.transpose(tf.reshape(x, [-1, first!, second!, unit]), [0, 2, 1, 3]), x.shape) as T;
}

/** `y = ((x·R)·W) ⊙ s + b` with `R = F_m ⋯ F₁` and `F = P·diag(C₁ … Cₙ)·Pᵀ`. */
const butterfly: WeightPart<Config> = {
  tensors: (layer, config) => ({
    boft_R: { shape: rotationShape(layer, config), trained: true, scope: 'layer' },
    boft_s: { shape: [layer.out], trained: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const rotated = rotations(context).reduceRight((value, blocks, factor) => {
      const half = blocks.shape[1] / 2;
      return shuffled(timesBlocks(shuffled(value, factor, half), blocks), factor, half, true);
    }, x);
    const scale = context.tensors.boft_s as Tensor1D;
    const scaled = tf.mul(base.forward(rotated), scale) as Tensor2D;
    // (z + b)·s + b·(1 − s) = z·s + b: the bias is not rescaled.
    return base.bias ? tf.add(scaled, tf.mul(base.bias, tf.sub(1, scale))) : scaled;
  },
  kernel({ kernel, shape }: BaseLayer, context) {
    const rotated = rotations(context).reduce((value, blocks, factor) => {
      const half = (blocks.shape[1] / 2) * shape.out;
      return shuffled(blocksTimes(blocks, shuffled(value, factor, half)), factor, half, true);
    }, kernel);
    return tf.mul(rotated, context.tensors.boft_s as Tensor1D);
  },
  activations(layer, config) {
    const entries = layer.in * blockSizeOf(layer, config);
    return {
      // A copy of the input of every factor, and the output before its scale.
      perRow: config.factors * layer.in + layer.out,
      // The orthogonal blocks, and the factor ½.
      fixed: config.factors * (entries + 1),
      // Every factor has its output, and its output as groups; all but one have both shuffled too. Then the output before its bias.
      beside: { perRow: (4 * config.factors - 2) * layer.in + (layer.bias ? layer.out : 0), fixed: 0 },
      // Two gradients; the scaled gradient of the output, and the terms whose sum is the gradient of the scale.
      backward: { perRow: Math.max(2 * layer.in, 2 * layer.out), fixed: 3 * entries },
    };
  },
};

/** Why a shuffle is not possible: it needs even blocks, and groups of them that divide the inputs. */
function shuffleUnfit(layer: LayerShape, config: Config): string | undefined {
  const size = blockSizeOf(layer, config);
  const group = size * 2 ** (config.factors - 1);
  if (config.factors === 1 || (size % 2 === 0 && layer.in % group === 0)) return undefined;
  if (size % 2 !== 0) return `factors: ${config.factors} need blocks of an even size, got ${size}; 1 takes any`;
  const most = Array.from({ length: config.factors }, (_, m) => m + 1).findLast(
    (m) => layer.in % (size * 2 ** (m - 1)) === 0,
  );
  return `factors: ${config.factors} need ${group} to divide the ${layer.in} inputs (block size ${size}); up to ${most} fit`;
}

export const boft = defineMethod({
  name: 'boft',
  title: 'BOFT',
  paper: {
    title: 'Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization',
    arxiv: '2311.06243',
    year: 2023,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of DeBERTaV3-base 89.89; LoRA 88.50',
      source: 'arXiv 2311.06243',
      compare: { scale: { parameters: 184e6 }, method: 'lora', measure: 'score', size: { points: 1.39 } },
    },
    {
      text: 'GLUE average of DeBERTaV3-base 89.89; AdaLoRA 89.46',
      source: 'arXiv 2311.06243',
      compare: { scale: { parameters: 184e6 }, method: 'adalora', measure: 'score', size: { points: 0.43 } },
    },
  ],
  summary: 'Rotates the inputs by a product of sparse rotations, so that few parameters make a dense one.',
  parameterFormula: 'factors·in·k + out',
  memoryFormula: '4·trained + rows·(factors·in + out) + factors·(in·k + 1)',
  symbols: (layer, config) => ({ k: blockSizeOf(layer, config) }),
  config,
  usesRank: false,
  unfit(layer, config) {
    const indivisible =
      config.blocks === undefined
        ? divides('blockSize', blockSizeOf(layer, config), layer.in, 'inputs')
        : divides('blocks', config.blocks, layer.in, 'inputs');
    return indivisible ?? shuffleUnfit(layer, config);
  },
  startsAtBase: true,
  weight: butterfly,
  init: {
    layer: ({ shape, config }) => ({
      tensors: { boft_R: constant(rotationShape(shape, config), 0), boft_s: constant([shape.out], 1) },
    }),
  },
  peft: {
    type: 'BOFT',
    packed: true,
    settings: ({ blockSize = 4, blocks, factors }) => ({
      boft_block_size: blocks === undefined ? blockSize : 0,
      boft_block_num: blocks ?? 0,
      boft_n_butterfly_factor: factors,
      boft_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ boft_block_size: blockSize, boft_block_num: blocks, boft_n_butterfly_factor: factors }) => ({
      ...(blocks ? { blocks } : { blockSize }),
      factors,
    }),
    trainingOnly: ['boft_dropout', 'init_weights'],
    tensors: {
      boft_R: asIs('boft_R'),
      boft_s: reshaped(
        'boft_s',
        ({ shape }) => [shape[0]!, 1],
        ({ shape }) => [shape[0]!],
      ),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
