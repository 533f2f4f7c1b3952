/**
 * @file OFT in its input-centric form: groups of inputs are rotated before the base layer. Sources: arXiv 2306.07280 and,
 * for the series and the order of products, 2506.19847.
 */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod, type LayerContext, type LayerShape, type RankPart, type WeightPart } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant } from '../parts/init/host.js';
import { blocksTimes, timesBlocks } from '../parts/weight/blocks.js';
import { cayley, series, skewSymmetric } from '../parts/weight/orthogonal.js';
import { tf } from '../tensor/tf.js';

const config = z
  .strictObject({
    blockSize: z.int().min(2).optional().describe('Inputs that are rotated together; divides the inputs. Default: 8'),
    blocks: z.int().min(1).optional().describe('Number of groups of inputs, in place of their size'),
    shareBlock: z.boolean().default(false).describe('All groups of a layer are rotated alike'),
    exact: z
      .boolean()
      .default(false)
      .describe(
        'Rotate by the exact Cayley transform (I − Q)(I + Q)⁻¹ in place of a series that is close to its inverse',
      ),
    constraint: z
      .number()
      .positive()
      .optional()
      .describe('COFT: after every step a Q that is longer than this over √groups is shortened to it. Default: none'),
    terms: z.int().min(4).default(5).describe('Terms of the series, of which the last is Q to the power terms − 1'),
  })
  .refine(({ blockSize, blocks }) => blockSize === undefined || blocks === undefined, {
    path: ['blocks'],
    message: 'give blockSize or blocks, not both',
  });
type Config = z.infer<typeof config>;

const blockSize = (layer: LayerShape, { blockSize = 8, blocks }: Config) =>
  blocks === undefined ? blockSize : layer.in / blocks;

/** Rotations a layer trains, and their size. */
function rotations(layer: LayerShape, config: Config) {
  const size = blockSize(layer, config);
  return { n: config.shareBlock ? 1 : layer.in / size, k: size };
}

function rotation(layer: LayerShape, { tensors, config }: LayerContext<Config>): Tensor3D {
  const q = skewSymmetric(tensors.oft_R as Tensor2D, blockSize(layer, config));
  return config.exact ? cayley(q) : series(q, config.terms);
}

/** peft keeps row and column of each entry above the diagonal of a rotation. */
function placesAbove(layer: LayerShape, config: Config) {
  const { k } = rotations(layer, config);
  return { indices: k * (k - 1) };
}

/** `y = (x·diag(R₁ … Rₙ))·W + b`. */
const rotatedInputs: WeightPart<Config> = {
  tensors(layer, config) {
    const { n, k } = rotations(layer, config);
    return { oft_R: { shape: [n, (k * (k - 1)) / 2], trained: true, scope: 'layer' } };
  },
  besideInPeft: placesAbove,
  forward(x, base, context) {
    const blocks = rotation(base.shape, context);
    if (!context.config.shareBlock) return base.forward(timesBlocks(x, blocks));
    const [, size] = blocks.shape;
    const rotated = context.products.matMul(tf.reshape(x, [-1, size]), tf.reshape(blocks, [size, size]));
    return base.forward(tf.reshape(rotated, x.shape));
  },
  kernel({ shape, kernel }, context) {
    const blocks = rotation(shape, context);
    const copies = context.config.shareBlock ? shape.in / blocks.shape[1] : 1;
    return blocksTimes(tf.tile(blocks, [copies, 1, 1]), kernel);
  },
  activations(layer, config) {
    const { n, k } = rotations(layer, config);
    // The rotation; in the series Q and all partial sums.
    const fixed = n * k * k * (config.exact ? 1 : config.terms);
    return {
      perRow: config.shareBlock ? 0 : layer.in,
      fixed,
      keepsInput: config.shareBlock,
      // The rotated input, and before that as groups.
      ...(!config.exact && {
        // Powers of Q; the rotation for the gradient of x.
        inPeft: { perRow: layer.in, fixed: (config.terms - 2) * n * k * k, forInput: n * k * k },
      }),
      beside: { perRow: 2 * layer.in, fixed: 0 },
      baseMakesOutput: true,
      // Its gradient, and that as groups.
      backward: { perRow: 2 * layer.in, fixed: 3 * n * k * k },
    };
  },
};

/** COFT: `‖Q‖_F ≤ constraint / √n` for each of the n rotations of a layer. A skew Q is √2 times as long as its vector. */
const shortened: RankPart<Config> = {
  acts: ({ constraint }) => constraint !== undefined,
  init: () => ({}),
  async after({ layers, state, config: { constraint } }) {
    if (constraint === undefined) return { state };
    const shorten = (vectors: Tensor2D) =>
      tf.tidy(() => {
        const lengths = tf.sqrt(tf.mul(tf.sum(tf.square(vectors), 1, true), 2));
        const most = constraint / Math.sqrt(vectors.shape[0]);
        return tf.mul(vectors, tf.div(most, tf.maximum(lengths, most)));
      });
    const replaced = layers.map(({ path, tensors }) => [path, { oft_R: shorten(tensors.oft_R as Tensor2D) }] as const);
    return { state, replaced: new Map(replaced) };
  },
  memory(layers, config) {
    if (config.constraint === undefined) return { state: 0, workspace: 0 };
    const sizes = layers.map(({ shape }) => {
      const { n, k } = rotations(shape, config);
      return (n * k * (k - 1)) / 2;
    });
    // The next values of all layers, and the squares of one.
    return { state: 0, workspace: sizes.reduce((sum, size) => sum + size, 0) + Math.max(0, ...sizes) };
  },
};

export const oft = defineMethod({
  name: 'oft',
  title: 'OFT',
  paper: {
    title: 'Controlling Text-to-Image Diffusion by Orthogonal Finetuning',
    arxiv: '2306.07280',
    year: 2023,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of DeBERTaV3-base 89.77; LoRA 88.50',
      source: 'arXiv 2311.06243',
      compare: { scale: { parameters: 184e6 }, method: 'lora', measure: 'score', size: { points: 1.27 } },
    },
  ],
  summary: 'Rotates groups of inputs: the angles between the weights of a layer stay as they were.',
  parameterFormula: 'n·k·(k − 1)/2',
  memoryFormula: '4·trained + rows·in + n·k·k·kept',
  symbols: (layer, config) => ({ ...rotations(layer, config), kept: config.exact ? 1 : config.terms }),
  config,
  usesRank: false,
  unfit(layer, config) {
    return config.blocks === undefined
      ? divides('blockSize', blockSize(layer, config), layer.in, 'inputs')
      : divides('blocks', config.blocks, layer.in, 'inputs');
  },
  startsAtBase: true,
  rank: shortened,
  weight: rotatedInputs,
  init: {
    layer({ shape, config }) {
      const { n, k } = rotations(shape, config);
      return { tensors: { oft_R: constant([n, (k * (k - 1)) / 2], 0) } };
    },
  },
  peft: {
    type: 'OFT',
    packed: true,
    settings: ({ blockSize = 8, blocks, shareBlock, exact, terms, constraint }) => ({
      r: blocks ?? 0,
      oft_block_size: blocks === undefined ? blockSize : 0,
      module_dropout: 0,
      coft: constraint !== undefined,
      eps: constraint ?? 6e-5,
      block_share: shareBlock,
      use_cayley_neumann: !exact,
      num_cayley_neumann_terms: terms,
      init_weights: true,
      bias: 'none',
    }),
    config: ({
      r,
      oft_block_size: blockSize,
      block_share,
      use_cayley_neumann,
      num_cayley_neumann_terms,
      coft,
      eps,
    }) => ({
      ...(r ? { blocks: r } : { blockSize }),
      ...(coft ? { constraint: eps } : {}),
      shareBlock: block_share,
      exact: use_cayley_neumann === false,
      terms: num_cayley_neumann_terms,
    }),
    // `eps` is read only where `coft` is set.
    trainingOnly: ['module_dropout', 'init_weights', 'eps'],
    // The values that peft takes where a file leaves them out.
    equivalent: { use_cayley_neumann: [undefined], num_cayley_neumann_terms: [undefined] },
    tensors: { oft_R: asIs('oft_R.weight') },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
