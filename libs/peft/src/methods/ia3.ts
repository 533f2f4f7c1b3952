/** @file (IA)³: learned rescaling of activations. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type PeftModule, reshaped } from '../export/form.js';
import { defineMethod, type LayerShape, layerRoles, type WeightPart } from '../method.js';
import { constant } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const role = `(${layerRoles.join('|')})`;
const config = z.strictObject({
  feedForward: z
    .string()
    .regex(
      new RegExp(`^(${role}(, ?${role})*)?$`),
      `expected roles with commas between them, of ${layerRoles.join(', ')}`,
    )
    .optional()
    .describe(
      `Roles of the layers that are rescaled at their input, with commas between them, of ${layerRoles.join(', ')}; none where it is empty. Every other layer is rescaled at its output, bias included. Default: down`,
    ),
});
type Config = z.infer<typeof config>;

/** The paper's choice: the second feed-forward layer. */
const usual = 'down';
const rolesOf = (feedForward: string) => layerRoles.filter((role) => feedForward.split(/, ?/).includes(role));

const scalesInput = ({ role }: LayerShape, { feedForward = usual }: Config) =>
  role !== undefined && rolesOf(feedForward).includes(role);
const scaled = (layer: LayerShape, config: Config) => (scalesInput(layer, config) ? layer.in : layer.out);

const rescaling: WeightPart<Config> = {
  tensors: (layer, config) => ({ ia3_l: { shape: [scaled(layer, config)], trained: true, scope: 'layer' } }),
  linear: () => true,
  forward(x, base, { tensors, config }) {
    const l = tensors.ia3_l as Tensor1D;
    return scalesInput(base.shape, config) ? base.forward(tf.mul(x, l)) : tf.mul(base.forward(x), l);
  },
  kernel({ shape, kernel }, { tensors, config }) {
    const l = tensors.ia3_l as Tensor1D;
    return tf.mul(kernel, scalesInput(shape, config) ? tf.expandDims(l, 1) : l) as Tensor2D;
  },
  bias({ shape, bias }, { tensors, config }) {
    return bias && !scalesInput(shape, config) ? tf.mul(bias, tensors.ia3_l as Tensor1D) : bias;
  },
  multiplies: () => [],
  changesInput: scalesInput,
  activations: (layer, config) =>
    scalesInput(layer, config)
      ? { perRow: 0, fixed: 0, keepsInput: true, beside: { perRow: layer.in, fixed: 0 }, baseMakesOutput: true }
      : {
          perRow: layer.out,
          fixed: 0,
          beside: { perRow: 0, fixed: 0 },
          inPeft: { perRow: 0, fixed: 0, basePerRow: layer.out, forInput: layer.out },
        },
};

/** Nothing, where the layers that are there are rescaled as they usually are. */
function fieldsOf(said: readonly unknown[], modules: readonly Pick<PeftModule, 'name' | 'shape'>[]): Config {
  const listed = modules.filter(({ name }) => said.some((end) => name === end || name.endsWith(`.${end}`)));
  const [chosen, present] = [listed, modules].map((those) =>
    layerRoles.filter((role) => those.some(({ shape }) => shape.role === role)),
  );
  const expected = present!.filter((role) => rolesOf(usual).includes(role));
  return chosen!.join() === expected.join() ? {} : { feedForward: chosen!.join(', ') };
}

export const ia3 = defineMethod({
  name: 'ia3',
  title: '(IA)³',
  paper: {
    title: 'Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning',
    arxiv: '2205.05638',
    year: 2022,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: '0.54 M trained parameters; LoRA 9.1 M',
      source: 'arXiv 2205.05638',
      compare: { method: 'lora', measure: 'trained', size: { ratio: 0.54 / 9.1 } },
    },
  ],
  summary: 'Rescales activations with one learned vector per layer: the outputs, in feed-forward layers the inputs.',
  parameterFormula: 'scaled',
  memoryFormula: '4·trained + rows·scaled',
  symbols: (layer, config) => ({ scaled: scaled(layer, config) }),
  config,
  usesRank: false,
  startsAtBase: true,
  weight: rescaling,
  init: { layer: ({ shape, config }) => ({ tensors: { ia3_l: constant([scaled(shape, config)], 1) } }) },
  peft: {
    type: 'IA3',
    packed: true,
    conv1d: true,
    settings: (config, modules) => ({
      feedforward_modules: modules.filter(({ shape }) => scalesInput(shape, config)).map(({ name }) => name),
      init_ia3_weights: true,
    }),
    config: ({ feedforward_modules: said }, modules) => (Array.isArray(said) ? fieldsOf(said, modules) : {}),
    trainingOnly: ['init_ia3_weights'],
    // Null stands for the modules that peft knows itself.
    equivalent: { feedforward_modules: [null, undefined] },
    usualRoles: ['key', 'value', 'down'],
    columnwise: true,
    tensors: {
      ia3_l: reshaped(
        'ia3_l',
        ({ shape: [size] }, { layer, config }) => (scalesInput(layer, config as Config) ? [1, size!] : [size!, 1]),
        ({ values }) => [values.length],
      ),
    },
  },
  learningRates: [3e-3, 1e-2, 3e-2],
});
