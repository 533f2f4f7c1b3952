/** @file DeLoRA: directions of a low-rank update and its strength are trained apart. Source: arXiv 2503.18225. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs, transposed } from '../export/form.js';
import { defineMethod, type InitPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r: as many directions of one length each'),
  lambda: z.number().positive().default(15).describe('First strength of a layer: bounds the length of the update'),
});
type Config = z.infer<typeof config>;

/** Lengths below this count as this, as in Python peft: B starts at zero. */
const SHORTEST = 1e-4;

/** Lengths of the rows or columns that an axis runs along, and the reciprocal of their square where they are not too short. */
function lengths(matrix: Tensor2D, axis: 0 | 1, rank: number): { length: Tensor; slope: Tensor } {
  const squares = tf.reshape(tf.sum(tf.square(matrix), axis), [rank, 1]);
  const least = tf.maximum(squares, SHORTEST ** 2);
  return { length: tf.sqrt(least), slope: tf.div(tf.cast(tf.greaterEqual(squares, SHORTEST ** 2), 'float32'), least) };
}

/** `λ / (r·‖Aᵢ‖·‖Bᵢ‖)` of every direction, `[rank, 1]`. Keeps nothing: the backward pass makes the lengths anew. */
function strengths(a: Tensor2D, b: Tensor2D, lambda: Tensor1D, rank: number): Tensor2D {
  const make = () => {
    const [ofA, ofB] = [lengths(a, 0, rank), lengths(b, 1, rank)];
    const unit = tf.div(1 / rank, tf.mul(ofA.length, ofB.length));
    return { unit, ofA: ofA.slope, ofB: ofB.slope };
  };
  return fused<Tensor2D, Record<string, Tensor>>(
    [
      [
        a,
        (dy) => {
          const { unit, ofA } = make();
          return tf.neg(tf.mul(a, tf.reshape(tf.mul(tf.mul(dy, tf.mul(unit, lambda)), ofA), [1, rank])));
        },
      ],
      [
        b,
        (dy) => {
          const { unit, ofB } = make();
          return tf.neg(tf.mul(b, tf.mul(tf.mul(dy, tf.mul(unit, lambda)), ofB)));
        },
      ],
      [lambda, (dy) => tf.reshape(tf.sum(tf.mul(dy, make().unit)), [1])],
    ],
    () => ({ value: tf.tidy(() => tf.mul(make().unit, lambda) as Tensor2D), save: {} }),
  );
}

/** `ΔW = diag(w)·A·diag(λ / (r·‖Aᵢ‖·‖Bᵢ‖))·B`, w the lengths of the rows of the base kernel. */
const bounded = factored<Config>({
  tensors: (layer, { rank }) => ({
    delora_A: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
    delora_B: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    delora_lambda: { shape: [1], trained: true, scope: 'layer' },
    delora_w_norm: { shape: [layer.in], trained: false, scope: 'layer' },
  }),
  factors(_, { tensors, config: { rank } }) {
    const { delora_A, delora_B, delora_lambda, delora_w_norm } = tensors;
    const strength = strengths(delora_A as Tensor2D, delora_B as Tensor2D, delora_lambda as Tensor1D, rank);
    return {
      a: tf.mul(delora_A as Tensor2D, tf.expandDims(delora_w_norm as Tensor1D, 1)) as Tensor2D,
      b: tf.mul(delora_B as Tensor2D, strength) as Tensor2D,
    };
  },
  multiplies: (layer, { rank }) => [
    { columns: rank, of: ['delora_A'] },
    { columns: layer.out, of: ['delora_A', 'delora_B', 'delora_lambda'] },
  ],
  activations: (layer, { rank }) => ({
    perRow: rank,
    // Both factors as they are multiplied by, and the strengths.
    fixed: rank * (layer.in + layer.out) + rank,
    keepsInput: ['delora_A'],
    dropsInput: true,
    // Of the input it keeps what the lengths make of it; what A makes of that, as it is and by the strengths; these and all lengths.
    inPeft: { perRow: 2 * rank, fixed: 6 * rank + 1 },
  }),
});

/** `A` uniform on ±1/√in, `B` zero. */
const firstDirections: InitPart<Config> = {
  layer({ shape, kernel, config: { rank, lambda }, random }) {
    const rows = Float32Array.from({ length: shape.in }, (_, row) => Math.hypot(...kernel.getRow(row)));
    return {
      tensors: {
        delora_A: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
        delora_B: constant([rank, shape.out], 0),
        delora_lambda: constant([1], lambda),
        delora_w_norm: { shape: [shape.in], values: rows },
      },
    };
  },
};

export const delora = defineMethod({
  name: 'delora',
  title: 'DeLoRA',
  paper: { title: 'Decoupling Angles and Strength in Low-rank Adaptation', arxiv: '2503.18225', year: 2025 },
  evidence: { level: 'partial', reason: 'As Python peft has it; no published result was checked' },
  summary:
    'Normalizes each direction of a low-rank update and trains one strength per layer: the update stays bounded.',
  parameterFormula: 'r·(in + out) + 1',
  memoryFormula: '4·trained + in + rows·(in + r) + r·(in + out) + r',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: bounded,
  init: firstDirections,
  peft: {
    type: 'DELORA',
    settings: ({ rank, lambda }) => ({
      r: rank,
      delora_lambda: lambda,
      module_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, delora_lambda }) => ({ rank: r, lambda: delora_lambda }),
    trainingOnly: ['module_dropout', 'init_weights'],
    tensors: {
      delora_A: transposed('delora_A'),
      delora_B: transposed('delora_B'),
      delora_lambda: asIs('delora_lambda'),
      delora_w_norm: asIs('delora_w_norm'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
