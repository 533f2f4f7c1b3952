/**
 * @file Supermask: the kernel stays as it is and a mask is trained, which keeps the entries whose scores are the largest in size. Gradients
 * of the masked kernel pass to the scores as if the mask were linear in their size (edge-popup).
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { uniform } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  keep: z.number().positive().max(1).default(0.5).describe('Share k of the entries of each kernel that the mask keeps'),
});
type Config = z.infer<typeof config>;

const kept = (shape: { in: number; out: number }, { keep }: Config) =>
  Math.max(1, Math.round(keep * shape.in * shape.out));

/** `−W ⊙ (1 − M)`: what the mask takes away. Keeps nothing: the backward pass reads scores and kernel, which are held anyway. */
function takenAway(scores: Tensor2D, kernel: Tensor2D, count: number): Tensor2D {
  return tf.customGrad<Tensor2D>((...inputs) => {
    const own = inputs[0] as unknown as Tensor2D;
    const least = tf.tidy(() => {
      const { values } = tf.topk(tf.reshape(tf.abs(own), [-1]), count);
      return tf.slice(values, [count - 1], [1]);
    });
    return {
      value: tf.tidy(() => {
        const mask = tf.cast(tf.greaterEqual(tf.abs(own), least), 'float32');
        return tf.mul(kernel, tf.sub(mask, 1));
      }) as Tensor2D,
      gradFunc: (dy: Tensor2D) => tf.tidy(() => tf.mul(dy, tf.mul(kernel, tf.sign(own)))),
    };
  })(scores);
}

export const supermask = defineMethod({
  name: 'supermask',
  title: 'Supermask',
  paper: { title: "What's Hidden in a Randomly Weighted Neural Network?", arxiv: '1911.13299', year: 2019 },
  evidence: {
    level: 'partial',
    reason:
      'Mask and gradient are those of edge-popup with scores compared by their size; the kernels are those of the base, where the paper draws them at random, and no published result was checked',
  },
  summary: 'Trains which entries of the kernels are kept, by a score for each, and no value of them.',
  parameterFormula: 'in·out',
  memoryFormula: '4·trained + rows·in + in·out',
  config,
  usesRank: false,
  startsAtBase: false,
  weight: denseUpdate<Config>({
    tensors: (layer) => ({
      mask_scores: { shape: [layer.in, layer.out], trained: true, ordered: true, scope: 'layer' },
    }),
    readsKernel: true,
    update: ({ shape, kernel }, { tensors, config }) =>
      takenAway(tensors.mask_scores as Tensor2D, kernel, kept(shape, config)),
    // No product makes it.
    made: () => [],
    keeps: () => 0,
    // The sizes, the mask in bytes and as numbers, and one of it less.
    transient: (layer) => 3.25 * layer.in * layer.out + 1,
    // Signs, and the kernel by these.
    backward: (layer) => 2 * layer.in * layer.out,
  }),
  init: {
    layer: ({ shape, random }) => ({
      tensors: { mask_scores: uniform([shape.in, shape.out], 1 / Math.sqrt(shape.in), random) },
    }),
  },
  learningRates: [1e-3, 1e-2, 1e-1],
});
