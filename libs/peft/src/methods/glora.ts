/**
 * @file GLoRA: the kernel is multiplied entry by entry and added to by low-rank products, and the bias is scaled, shifted, and moved by
 * what the kernel makes of a trained input. Source: arXiv 2306.07967; as Python peft has it.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs, reshaped, transposed } from '../export/form.js';
import { defineMethod, type InitPart, type WeightPart } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { timesFrozen } from '../parts/weight/times-frozen.js';
import type { BaseLayer, LayerContext, LayerShape, TensorSpec } from '../slots/layer.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of both products, and of the one that makes the trained input'),
  kernel: z
    .enum(['lora', 'vector', 'constant'])
    .default('lora')
    .describe('What multiplies the kernel and is added to it: products, a number of each output, or one of all'),
});
type Config = z.infer<typeof config>;

const trained = (...shape: number[]): TensorSpec => ({ shape, trained: true, scope: 'layer' });

/** Numbers of A, and of B, where they are no products. */
const numbersOf = ({ out }: LayerShape, kernel: 'vector' | 'constant') => (kernel === 'vector' ? out : 1);

/** `ΔW = W ⊙ A + B`: names as in Python peft, where every product is `Xd·Xu` of the transposed kernel. */
const dense = denseUpdate<Config>({
  readsKernel: true,
  tensors: (layer, { rank, kernel }) => ({
    ...(kernel === 'lora'
      ? {
          glora_A_Xu: trained(layer.in, rank),
          glora_A_Xd: trained(rank, layer.out),
          glora_B_Xu: trained(layer.in, rank),
          glora_B_Xd: trained(rank, layer.out),
        }
      : { glora_A: trained(numbersOf(layer, kernel)), glora_B: trained(numbersOf(layer, kernel)) }),
    ...(layer.bias && {
      glora_C_Xu: trained(1, rank),
      glora_C_Xd: trained(rank, layer.in),
      glora_D: trained(1),
      glora_E: trained(1),
    }),
  }),
  update({ kernel }, { tensors, products: { matMul } }) {
    const { glora_A, glora_B } = tensors;
    if (glora_A) return tf.add(tf.mul(kernel, glora_A), glora_B!) as Tensor2D;
    const factor = matMul(tensors.glora_A_Xu as Tensor2D, tensors.glora_A_Xd as Tensor2D);
    const added = matMul(tensors.glora_B_Xu as Tensor2D, tensors.glora_B_Xd as Tensor2D);
    return tf.add(timesFrozen(factor, kernel), added);
  },
  made: (layer, { rank, kernel }) => [
    ...(kernel === 'lora' ? ['A', 'B'] : []).map((which) => ({
      ...{ rows: layer.in, inner: rank, columns: layer.out },
      left: [`glora_${which}_Xu`],
      right: [`glora_${which}_Xd`],
    })),
    ...(layer.bias
      ? [
          { rows: 1, inner: rank, columns: layer.in, left: ['glora_C_Xu'], right: ['glora_C_Xd'] },
          { rows: 1, inner: layer.in, columns: layer.out, left: ['glora_C_Xu', 'glora_C_Xd'], right: [] },
        ]
      : []),
  ],
  keeps: () => 0,
  // It multiplies by the whole changed weight, in the type of the base.
  inPeft: (layer) => ({ perRow: 0, fixed: 0, baseForInput: layer.in * layer.out, readsBaseInput: true }),
  // Both products, and the kernel times the first.
  beside: (layer) => 3 * layer.in * layer.out,
  backward: (layer) => layer.in * layer.out,
});

/** The shift of the bias: `b·D + E + C·W`, C the trained input. */
function shift({ kernel, bias }: BaseLayer, { tensors, products: { matMul } }: LayerContext<Config>): Tensor1D {
  const input = matMul(tensors.glora_C_Xu as Tensor2D, tensors.glora_C_Xd as Tensor2D);
  const moved = tf.reshape(matMul(input, kernel), [kernel.shape[1]]);
  return tf.add(tf.add(tf.mul(bias!, tensors.glora_D!), tensors.glora_E!), moved) as Tensor1D;
}

const general: WeightPart<Config> = {
  ...dense,
  // Zeros in the place of what moves a bias.
  besideInPeft: (layer) => ({ base: layer.bias ? 0 : layer.in + 2 * layer.out }),
  forward(x, base, context) {
    const output = dense.forward(x, base, context);
    return base.bias ? tf.add(output, shift(base, context)) : output;
  },
  activations(layer, config) {
    const own = dense.activations(layer, config);
    if (!layer.bias) return own;
    // The shift of the bias with all that it is made of, and the output without it.
    const { perRow, fixed } = own.beside!;
    return { ...own, beside: { perRow: perRow + layer.out, fixed: fixed + layer.in + 4 * layer.out } };
  },
  bias: (base, context) => (base.bias ? tf.add(base.bias, shift(base, context)) : undefined),
};

/** `Xu` uniform on ±1/√columns as torch holds it, `Xd` and numbers zero. */
const zeroUpdate: InitPart<Config> = {
  layer({ shape, config: { rank, kernel }, random }) {
    const first = () => uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random);
    const second = () => constant([rank, shape.out], 0);
    const zeros = () => constant([kernel === 'lora' ? 0 : numbersOf(shape, kernel)], 0);
    return {
      tensors: {
        ...(kernel === 'lora'
          ? { glora_A_Xu: first(), glora_A_Xd: second(), glora_B_Xu: first(), glora_B_Xd: second() }
          : { glora_A: zeros(), glora_B: zeros() }),
        ...(shape.bias && {
          glora_C_Xu: uniform([1, rank], 1, random),
          glora_C_Xd: constant([rank, shape.in], 0),
          glora_D: constant([1], 0),
          glora_E: constant([1], 0),
        }),
      },
    };
  },
};

/** peft has a column of several numbers. */
const ofOutputs = (name: string) =>
  reshaped(
    name,
    ({ values: { length } }) => (length > 1 ? [length, 1] : [1]),
    ({ values: { length } }) => [length],
  );

export const glora = defineMethod({
  name: 'glora',
  title: 'GLoRA',
  paper: {
    title: 'One-for-All: Generalized LoRA for Parameter-Efficient Fine-tuning',
    arxiv: '2306.07967',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it; its other forms of what moves the bias and the paper’s search over them are left out; no published result was checked',
  },
  summary: 'Multiplies the kernel by one low-rank product entry by entry, adds another, and moves the bias with both.',
  parameterFormula: '2·size + shift',
  memoryFormula: '4·trained + rows·in + in·out',
  symbols: (layer, { rank, kernel }) => ({
    size: kernel === 'lora' ? rank * (layer.in + layer.out) : numbersOf(layer, kernel),
    shift: layer.bias ? rank * (layer.in + 1) + 2 : 0,
  }),
  config,
  usesRank: true,
  startsAtBase: true,
  weight: general,
  init: zeroUpdate,
  peft: {
    type: 'GLORA',
    settings: ({ rank, kernel }) => ({
      r: rank,
      config_A_B: kernel,
      config_C: 'lora',
      config_D_E: 'constant',
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, config_A_B }) => ({ rank: r, ...(config_A_B === 'none' ? {} : { kernel: config_A_B ?? undefined }) }),
    trainingOnly: ['init_weights'],
    // A module without a bias has nothing to move.
    zeros: ({ in: inputs, out, bias }): Record<string, number[]> =>
      bias ? {} : { 'glora_C.zeros': [inputs, 1], 'glora_D.zeros': [out], 'glora_E.zeros': [out] },
    tensors: {
      glora_A_Xu: transposed('glora_A.Xu'),
      glora_A_Xd: transposed('glora_A.Xd'),
      glora_B_Xu: transposed('glora_B.Xu'),
      glora_B_Xd: transposed('glora_B.Xd'),
      glora_A: ofOutputs('glora_A.X'),
      glora_B: ofOutputs('glora_B.X'),
      glora_C_Xu: transposed('glora_C.Xu'),
      glora_C_Xd: transposed('glora_C.Xd'),
      glora_D: asIs('glora_D.X'),
      glora_E: asIs('glora_E.X'),
    },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
