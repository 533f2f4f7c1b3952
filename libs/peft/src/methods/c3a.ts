/** @file C3A: the update is made of square blocks whose rows are one another moved on by a place. Source: arXiv 2407.19342. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs } from '../export/form.js';
import { defineMethod, type LayerShape } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant, uniform } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  blockSize: z
    .int()
    .min(1)
    .default(8)
    .describe('Side of the square blocks; divides inputs and outputs. A block trains as many numbers'),
  start: z
    .enum(['uniform', 'zeros'])
    .default('uniform')
    .describe('First values: uniform as of Xavier, or zeros, an update of nothing'),
});
type Config = z.infer<typeof config>;

const shapeOf = (layer: LayerShape, { blockSize }: Config) => [layer.out / blockSize, layer.in / blockSize, blockSize];

/** For every row j and column t of a block, the place `f(j, t)` of a vector of its size, row by row. */
const places = (size: number, place: (row: number, column: number) => number) =>
  tf.tensor1d(
    Int32Array.from({ length: size * size }, (_, at) => place(Math.floor(at / size), at % size)),
    'int32',
  );

/**
 * `ΔW[n·b + j, m·b + t] = w[m, n, (j − t) mod b] / in`. Keeps nothing. Its gradient brings the entries of one number side by
 * side, which are then added up: no engine need add at places.
 */
function circulant(w: Tensor3D, layer: LayerShape): Tensor2D {
  const [across, down, size] = w.shape;
  const entries = size * size;
  return fused<Tensor2D, Record<string, Tensor>>(
    [
      [
        w,
        (dy) => {
          const blocks = tf.transpose(tf.reshape(dy, [down, size, across, size]), [2, 0, 1, 3]);
          const sorted = tf.gather(
            tf.reshape(blocks, [across * down, entries]),
            places(size, (offset, column) => ((offset + column) % size) * size + column),
            1,
          );
          const sums = tf.sum(tf.reshape(sorted, [across, down, size, size]), 3);
          return tf.div(sums, layer.in);
        },
      ],
    ],
    () => {
      const value = tf.tidy(() => {
        const scaled = tf.reshape(tf.div(w, layer.in), [across * down, size]);
        const moved = tf.gather(
          scaled,
          places(size, (row, column) => (row - column + size) % size),
          1,
        );
        const placed = tf.transpose(tf.reshape(moved, [across, down, size, size]), [1, 2, 0, 3]);
        return tf.reshape(placed, [layer.in, layer.out]) as Tensor2D;
      });
      return { value, save: {} };
    },
  );
}

const convolution = denseUpdate<Config>({
  tensors: (layer, config) => ({ c3a_kernel: { shape: shapeOf(layer, config), trained: true, scope: 'layer' } }),
  linear: () => true,
  update: ({ shape }, { tensors }) => circulant(tensors.c3a_kernel as Tensor3D, shape),
  made: () => [],
  keeps: () => 0,
  // It convolves inputs and makes no update of the weight.
  inPeft: () => ({ perRow: 0, fixed: 0 }),
  // The blocks before they are in their places.
  transient: (layer, { blockSize }) => layer.in * layer.out + blockSize ** 2,
  // The gradient of ΔW by blocks, and by numbers.
  backward: (layer, { blockSize }) => 2 * layer.in * layer.out + blockSize ** 2,
});

export const c3a = defineMethod({
  name: 'c3a',
  title: 'C³A',
  paper: { title: 'Parameter-Efficient Fine-Tuning via Circular Convolution', arxiv: '2407.19342', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      'The update is that of Python peft, whose backward pass gives inputs another gradient than that of its forward pass (61 % off in test/interop/c3a_backward.py; here it is that of the forward pass); no published result was checked',
  },
  summary: 'Convolves blocks of inputs with trained kernels around a circle: high rank from few parameters.',
  parameterFormula: 'in·out/blockSize',
  memoryFormula: '4·trained + rows·in + in·out',
  config,
  usesRank: false,
  unfit: (layer, { blockSize }) =>
    divides('blockSize', blockSize, layer.in, 'inputs') ?? divides('blockSize', blockSize, layer.out, 'outputs'),
  startsAtBase: false,
  weight: convolution,
  init: {
    layer({ shape, config, random }) {
      const bound = Math.sqrt(6 / (shape.in + shape.out));
      const size = shapeOf(shape, config);
      return { tensors: { c3a_kernel: config.start === 'zeros' ? constant(size, 0) : uniform(size, bound, random) } };
    },
  },
  peft: {
    type: 'C3A',
    settings: ({ blockSize, start }) => ({
      block_size: blockSize,
      init_weights: start === 'zeros' ? true : 'xavier_uniform',
      bias: 'none',
    }),
    config: ({ block_size, init_weights }) => ({
      blockSize: block_size,
      start: init_weights === true ? 'zeros' : 'uniform',
    }),
    // False stands for the same, as does a file that leaves it out.
    equivalent: { init_weights: [false, undefined] },
    tensors: { c3a_kernel: asIs('c3a_kernel') },
  },
  learningRates: [1e-2, 3e-2, 1e-1],
});
