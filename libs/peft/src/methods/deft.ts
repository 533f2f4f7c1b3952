/**
 * @file DEFT: what the kernel gives in a few trained directions of the outputs is taken out, and other numbers are put there.
 * Source: NeurIPS 2025; as Python peft has it, with directions as they are trained (`relu`) or orthonormal (`qr`).
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { transposed } from '../export/form.js';
import { defineMethod, type InitPart, type LayerContext, type WeightPart } from '../method.js';
import { gaussian, hostTensor, matrixOf } from '../parts/init/host.js';
import { orthonormalRows } from '../parts/weight/orthogonal.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Directions of the outputs that are taken out and put in anew'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('What is put in is multiplied by alpha / rank. Default: by 1, as the paper has it'),
  decomposition: z
    .enum(['relu', 'qr'])
    .default('relu')
    .describe(
      'Directions: the trained ones, measured by their positive part (relu), or an orthonormal basis of them (qr)',
    ),
});
type Config = z.infer<typeof config>;

interface Directions {
  /** Along which something is put in, `[rank, out]`. */
  own: Tensor2D;
  /** Along which what is taken out of the outputs is measured, `[out, rank]`. */
  measured: Tensor2D;
}

function directionsOf({ tensors, config: { decomposition } }: LayerContext<Config>): Directions {
  const own = tensors.deft_P as Tensor2D;
  if (decomposition === 'relu') return { own, measured: tf.transpose(tf.relu(own)) };
  const basis = orthonormalRows(own);
  return { own: basis, measured: tf.transpose(basis) };
}

const scaleOf = ({ rank, alpha = rank }: Config) => alpha / rank;

/** `s·R [in, rank]` */
function injection({ tensors: { deft_R }, config }: LayerContext<Config>): Tensor2D {
  const scale = scaleOf(config);
  return (scale === 1 ? deft_R : tf.mul(deft_R!, scale)) as Tensor2D;
}

/**
 * `ΔW = (s·R − W·relu(P)ᵀ)·P`, `P [rank, out]` and `R [in, rank]` trained: names as in Python peft. With `qr` the basis Q of P
 * stands in the place of both P and relu(P).
 */
const replaced: WeightPart<Config> = {
  tensors: (layer, { rank }) => ({
    deft_P: { shape: [rank, layer.out], trained: true, scope: 'layer', side: 'output' },
    deft_R: { shape: [layer.in, rank], trained: true, scope: 'layer', side: 'input' },
  }),
  forward(x, base, context) {
    const { matMul } = context.products;
    const { own, measured } = directionsOf(context);
    const output = base.forward(x);
    const product = base.bias ? (tf.sub(output, base.bias) as Tensor2D) : output;
    const injected = matMul(context.dropout(x), injection(context));
    const inner = tf.sub(injected, matMul(product, measured)) as Tensor2D;
    return tf.add(output, matMul(inner, own));
  },
  kernel(base, context) {
    const { a, b } = factorsOf(base.kernel, context);
    return tf.add(base.kernel, context.products.matMul(a, b));
  },
  multiplies: (layer, { rank }) => [
    { columns: rank, of: ['deft_R'] },
    { columns: rank, of: ['deft_P'], from: 'output' },
    { columns: layer.out, of: ['deft_P'] },
  ],
  activations(layer, { rank, alpha, decomposition }) {
    const directions = rank * layer.out;
    const isBasis = decomposition === 'qr';
    const triangularFactor = isBasis ? rank * rank : 0;
    return {
      // The product of the base without its bias, and what is between the factors.
      perRow: layer.out + rank,
      // What is measured along, what a basis is made of, and what is put in, where it is scaled.
      fixed:
        directions + (isBasis ? directions : 0) + triangularFactor + (alpha === undefined ? 0 : rank * layer.in + 1),
      keepsInput: ['deft_R'],
      baseFirst: true,
      dropsInput: true,
      // Two outputs, both numbers between the factors, and the positive part of P.
      beside: { perRow: 2 * (layer.out + rank), fixed: isBasis ? 0 : directions },
      // The gradient of the product of the base, of what is between the factors in either part, and of P in both.
      backward: { perRow: layer.out + 2 * rank, fixed: 2 * directions },
      // It multiplies what is taken out and what is put in by P apart; R is scaled by 1, which leaves a copy. It measures along
      // the basis itself, where we keep a transposed copy.
      inPeft: { perRow: layer.out + 2 * rank, fixed: directions + triangularFactor, forInput: rank * layer.in },
    };
  },
};

function factorsOf(kernel: Tensor2D, context: LayerContext<Config>) {
  const { own, measured } = directionsOf(context);
  const a = tf.sub(injection(context), context.products.matMul(kernel, measured)) as Tensor2D;
  return { a, b: own };
}

/** The basis of the forward pass. The library also reflects the last column of a square matrix, which LAPACK does not. */
function orthonormalColumns(matrix: Matrix): Matrix {
  const { orthogonalMatrix } = new QrDecomposition(matrix);
  if (matrix.isSquare()) orthogonalMatrix.mulColumn(matrix.columns - 1, -1);
  return orthogonalMatrix;
}

/** `P` from N(0, 0.02²), and the R that puts in what is taken out. */
const unchanged: InitPart<Config> = {
  layer({ shape, kernel, config, random }) {
    const { rank, decomposition } = config;
    const deft_P = gaussian([rank, shape.out], 0.02, random);
    const own = matrixOf(deft_P).transpose();
    const measured = decomposition === 'qr' ? orthonormalColumns(own) : Matrix.max(own, Matrix.zeros(shape.out, rank));
    const taken = kernel.mmul(measured);
    return { tensors: { deft_P, deft_R: hostTensor(taken.div(scaleOf(config))) } };
  },
};

export const deft = defineMethod({
  name: 'deft',
  title: 'DEFT',
  paper: { title: 'DEFT: Decompositional Efficient Fine-Tuning for Text-to-Image Models', year: 2025 },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, without PaRa, which puts nothing in; no published result was checked',
  },
  summary: 'Takes a few trained directions out of what each kernel gives, and puts trained numbers in their place.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + out + r) + r·out + basis + scaled',
  symbols: (layer, { rank, alpha, decomposition }) => ({
    basis: decomposition === 'qr' ? rank * (layer.out + rank) : 0,
    scaled: alpha === undefined ? 0 : rank * layer.in + 1,
  }),
  config,
  usesRank: true,
  maxRank: (layer) => layer.out,
  startsAtBase: true,
  weight: replaced,
  init: unchanged,
  peft: {
    type: 'DEFT',
    conv1d: true,
    settings: ({ rank, alpha, decomposition }) => ({
      r: rank,
      decomposition_method: decomposition,
      init_scale: 1,
      alpha: alpha ?? null,
      para: false,
      deft_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, alpha, decomposition_method }) => ({
      rank: r,
      ...(alpha ? { alpha } : {}),
      decomposition: decomposition_method ?? undefined,
    }),
    trainingOnly: ['init_scale', 'deft_dropout', 'init_weights'],
    tensors: { deft_P: transposed('deft_P'), deft_R: transposed('deft_R') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
