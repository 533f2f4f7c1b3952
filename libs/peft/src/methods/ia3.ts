/** @file (IA)³: learned rescaling of activations. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { reshaped } from '../export/form.js';
import { defineMethod, type LayerShape, type WeightPart } from '../method.js';
import { constant } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

type Config = Record<string, never>;

/** The second feed-forward layer is rescaled at its input, every other layer at its output, bias included. */
const scalesInput = (layer: LayerShape) => layer.role === 'down';
const units = (layer: LayerShape) => (scalesInput(layer) ? layer.in : layer.out);

const rescaling: WeightPart<Config> = {
  tensors: (layer) => ({ ia3_l: { shape: [units(layer)], trained: true, scope: 'layer' } }),
  forward(x, base, { tensors }) {
    const l = tensors.ia3_l as Tensor1D;
    return scalesInput(base.shape) ? base.forward(tf.mul(x, l)) : tf.mul(base.forward(x), l);
  },
  kernel({ shape, kernel }, { tensors }) {
    const l = tensors.ia3_l as Tensor1D;
    return tf.mul(kernel, scalesInput(shape) ? tf.expandDims(l, 1) : l) as Tensor2D;
  },
  bias({ shape, bias }, { tensors }) {
    return bias && !scalesInput(shape) ? tf.mul(bias, tensors.ia3_l as Tensor1D) : bias;
  },
  activations: (layer) =>
    scalesInput(layer) ? { perRow: 0, fixed: 0, keepsInput: true } : { perRow: layer.out, fixed: 0 },
};

export const ia3 = defineMethod({
  name: 'ia3',
  title: '(IA)³',
  paper: {
    title: 'Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning',
    arxiv: '2205.05638',
    year: 2022,
  },
  evidence: { level: 'full' },
  summary: 'Rescales activations with one learned vector per layer.',
  parameterFormula: 'out (down: in)',
  memoryFormula: '4·trained + rows·out (down: 4·trained + rows·in)',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  weight: rescaling,
  init: { layer: ({ shape }) => ({ tensors: { ia3_l: constant([units(shape)], 1) } }) },
  peft: {
    type: 'IA3',
    conv1d: true,
    settings: (_, modules) => ({
      feedforward_modules: modules.filter(({ shape }) => scalesInput(shape)).map(({ name }) => name),
      init_ia3_weights: true,
    }),
    config: () => ({}),
    trainingOnly: ['init_ia3_weights'],
    // Null stands for the modules that peft knows itself.
    equivalent: { feedforward_modules: [null, undefined] },
    usualRoles: ['key', 'value', 'down'],
    columnwise: true,
    tensors: {
      ia3_l: reshaped(
        'ia3_l',
        ({ shape: [size] }, { layer }) => (scalesInput(layer) ? [1, size!] : [size!, 1]),
        ({ values }) => [values.length],
      ),
    },
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
