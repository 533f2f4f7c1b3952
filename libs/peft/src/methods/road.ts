/** @file RoAd: pairs of outputs are rotated and scaled by trained angles and factors. Source: arXiv 2409.00119. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs } from '../export/form.js';
import { defineMethod, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  variant: z
    .enum(['road_1', 'road_2', 'road_4'])
    .default('road_1')
    .describe('Angles and factors of a pair of outputs: one of each, one for each output, or two for each output'),
  groupSize: z
    .int()
    .min(2)
    .multipleOf(2)
    .default(2)
    .describe(
      'Outputs of a group, an even number that divides them all: the first half is paired with the second. Says which outputs are pairs, and nothing else',
    ),
});
type Config = z.infer<typeof config>;

/** Numbers of each kind for every pair of outputs. */
const perPair = { road_1: 1, road_2: 2, road_4: 4 } as const;
const sizeOf = (layer: LayerShape, { variant }: Config) => (perPair[variant] * layer.out) / 2;

/** A vector as what every output is multiplied by, and what its partner is: in the order that Python peft keeps it in. */
function spread(vector: Tensor1D, { variant, groupSize }: Config): [own: Tensor, partner: Tensor] {
  if (variant === 'road_2') return [vector, vector];
  if (variant === 'road_4') {
    const halves = tf.split(tf.reshape(vector, [-1, 2, groupSize]), 2, 1);
    return halves.map((half) => tf.reshape(half, [-1])) as [Tensor, Tensor];
  }
  const half = tf.reshape(vector, [-1, 1, groupSize / 2]);
  const both = tf.reshape(tf.concat([half, half], 1), [-1]);
  return [both, both];
}

/** The gradient of a vector from those of what `spread` made of it. */
function gathered(own: Tensor, partner: Tensor, { variant, groupSize }: Config): Tensor {
  if (variant === 'road_2') return tf.add(own, partner);
  if (variant === 'road_4') {
    const halves = [own, partner].map((half) => tf.reshape(half, [-1, 1, groupSize]));
    return tf.reshape(tf.concat(halves, 1), [-1]);
  }
  return tf.reshape(tf.sum(tf.reshape(tf.add(own, partner), [-1, 2, groupSize / 2]), 1), [-1]);
}

/** `[rows, out]` with the halves of each group of columns in each other's place, the second negated. */
const turned = (rows: Tensor2D, { groupSize }: Config): Tensor2D =>
  tf.tidy(() => {
    const [first, second] = tf.split(tf.reshape(rows, [-1, 2, groupSize / 2]), 2, 1);
    return tf.reshape(tf.concat([tf.neg(second!), first!], 1), rows.shape);
  });

/** `rows ⊙ α·cos θ + turned(rows) ⊙ α·sin θ`. Keeps the rows alone: the backward pass makes the factors anew. */
function rotate(rows: Tensor2D, { tensors, config }: Pick<LayerContext<Config>, 'tensors' | 'config'>): Tensor2D {
  const { road_theta: theta, road_alpha: alpha } = tensors as Record<string, Tensor1D>;
  const factors = () => {
    const [own, partner] = spread(theta!, config);
    const [ownScale, partnerScale] = spread(alpha!, config);
    return { own, partner, ownScale, partnerScale };
  };
  type Saved = { rows: Tensor2D; cosine?: Tensor; sine?: Tensor };
  return fused<Tensor2D, Saved>(
    [
      [
        rows,
        (dy) => {
          const { own, partner, ownScale, partnerScale } = factors();
          const across = tf.mul(dy, tf.mul(partnerScale, tf.sin(partner))) as Tensor2D;
          return tf.sub(tf.mul(dy, tf.mul(ownScale, tf.cos(own))), turned(across, config));
        },
      ],
      [
        theta!,
        (_, { cosine, sine }) => {
          const { own, partner, ownScale, partnerScale } = factors();
          const ofOwn = tf.neg(tf.mul(cosine!, tf.mul(ownScale, tf.sin(own))));
          return gathered(ofOwn, tf.mul(sine!, tf.mul(partnerScale, tf.cos(partner))), config);
        },
      ],
      [
        alpha!,
        (_, { cosine, sine }) => {
          const { own, partner } = factors();
          return gathered(tf.mul(cosine!, tf.cos(own)), tf.mul(sine!, tf.sin(partner)), config);
        },
      ],
    ],
    () => {
      const value = tf.tidy(() => {
        const { own, partner, ownScale, partnerScale } = factors();
        const across = tf.mul(turned(rows, config), tf.mul(partnerScale, tf.sin(partner)));
        return tf.add(tf.mul(rows, tf.mul(ownScale, tf.cos(own))), across) as Tensor2D;
      });
      return { value, save: { rows } };
    },
    // Gradients of what every output, and its partner, is multiplied by.
    (dy, saved) => ({
      cosine: tf.tidy(() => tf.sum(tf.mul(dy, saved.rows), 0)),
      sine: tf.tidy(() => tf.sum(tf.mul(dy, turned(saved.rows, config)), 0)),
    }),
  );
}

const rotation: WeightPart<Config> = {
  tensors: (layer, config) => ({
    road_theta: { shape: [sizeOf(layer, config)], trained: true, scope: 'layer' },
    road_alpha: { shape: [sizeOf(layer, config)], trained: true, scope: 'layer' },
  }),
  forward: (x, base, context) => rotate(base.forward(x), context),
  kernel: ({ kernel }, context) => rotate(kernel, context),
  // Summed over its one row, not reshaped: the kernels of wasm know a bias by the shape that its numbers were made in.
  bias: ({ bias }, context) => bias && (tf.sum(rotate(tf.reshape(bias, [1, -1]), context), 0) as Tensor1D),
  multiplies: () => [],
  activations: (layer) => ({
    perRow: layer.out,
    fixed: 0,
    beside: { perRow: 0, fixed: 0 },
    // The output of the base, what it is turned from and to, and both products; sines, cosines and their products with factors.
    transient: { perRow: 5 * layer.out, fixed: 6 * layer.out },
    backward: { perRow: 4 * layer.out, fixed: 0 },
    // The outputs and the turned ones, for the gradients of what they are multiplied by; what they are multiplied by, for that of x.
    inPeft: { perRow: 2 * layer.out, fixed: 4 * layer.out, forInput: 2 * layer.out },
  }),
};

export const road = defineMethod({
  name: 'road',
  title: 'RoAd',
  paper: {
    title: '3-in-1: 2D Rotary Adaptation for Efficient Finetuning, Efficient Batching and Composability',
    arxiv: '2409.00119',
    year: 2024,
  },
  evidence: { level: 'partial', reason: 'As Python peft has it; no published result was checked' },
  summary: 'Rotates and scales pairs of outputs by a trained angle and factor each.',
  parameterFormula: '2·numbers',
  memoryFormula: '4·trained + rows·out',
  symbols: (layer, config) => ({ numbers: sizeOf(layer, config) }),
  config,
  usesRank: false,
  unfit: (layer, { groupSize }) => divides('groupSize', groupSize, layer.out, 'outputs'),
  startsAtBase: true,
  weight: rotation,
  init: {
    layer: ({ shape, config }) => ({
      tensors: {
        road_theta: constant([sizeOf(shape, config)], 0),
        road_alpha: constant([sizeOf(shape, config)], 1),
      },
    }),
  },
  peft: {
    type: 'ROAD',
    packed: true,
    settings: ({ variant, groupSize }) => ({ variant, group_size: groupSize, init_weights: true }),
    config: ({ variant, group_size }) => ({ variant, groupSize: group_size }),
    trainingOnly: ['init_weights'],
    tensors: { road_theta: asIs('road_theta'), road_alpha: asIs('road_alpha') },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
