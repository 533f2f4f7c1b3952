/**
 * @file LoRA-GGPO: LoRA whose layers are perturbed in training by noise that grows with the norms of weights and
 * gradients, so that it settles where the loss is flat. Source: arXiv 2502.14538, version 1, which the authors' code for
 * could not be read; the formulas are those of a third party's (kohya sd-scripts). Where that differs, the text is
 * followed: norms of the base weights are exact and not of a sample, the gradient norm carries the scale of the update,
 * and the gradient of the loss is taken through the perturbed weights.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type InitPart, type LayerContext, type RankPart, type WeightPart } from '../method.js';
import { constant } from '../parts/init/host.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  sigma: z.number().min(0).default(0.03).describe('Share of the norm of an output’s weights in its noise'),
  beta: z.number().min(0).default(0.01).describe('Share of the squared norm of their gradient in its noise'),
});
type Config = z.infer<typeof config>;

const scale = ({ alpha, rank }: Config) => alpha / rank;
const lora = lowRank<Config>(scale);

/** `x·(N ⊙ d)` with standard normals `N [in, out]` that are drawn again for the backward pass instead of being kept. */
function noise(x: Tensor2D, outputs: number, { path, products, random, tensors }: LayerContext<Config>): Tensor2D {
  const inputs = x.shape[1];
  const deviation = tensors.ggpo_deviation as Tensor1D;
  const draw = () => {
    const stream = random!.fork(`noise/${path}`);
    return Float32Array.from({ length: inputs * outputs }, () => stream.normal());
  };
  const transposed = (values: Float32Array) =>
    values.map((_, index) => values[(index % inputs) * outputs + Math.floor(index / inputs)]!);
  const perturb = tf.customGrad((x) => ({
    value: tf.tidy(() => {
      const product = products.matMul(x as Tensor2D, tf.tensor2d(draw(), [inputs, outputs]));
      return tf.mul(product, deviation) as Tensor2D;
    }),
    gradFunc: (dy: Tensor) =>
      tf.tidy(() => {
        const scaled = tf.mul(dy, deviation) as Tensor2D;
        return products.matMul(scaled, tf.tensor2d(transposed(draw()), [outputs, inputs]));
      }),
  }));
  return perturb(x) as Tensor2D;
}

/** The noise is a product of its own, which nobody says. */
const { multiplies: _, ...withoutNoise } = lora;

const perturbed: WeightPart<Config> = {
  ...withoutNoise,
  tensors: (layer, config) => ({
    ...lora.tensors(layer, config),
    /** Deviation of the noise on the weights of each output. */
    ggpo_deviation: { shape: [layer.out], trained: false, scheduled: true, scope: 'layer' },
  }),
  forward(x, base, context) {
    const y = lora.forward(x, base, context);
    return context.random ? tf.add(y, noise(x, base.shape.out, context)) : y;
  },
  activations(layer, config) {
    const kept = lora.activations(layer, config);
    return {
      ...kept,
      transient: { perRow: 2 * layer.out, fixed: layer.in * layer.out },
      backward: { perRow: Math.max(layer.out, 2 * kept.perRow), fixed: 2 * kept.fixed },
    };
  },
};

/** No noise in the first step, before there is a gradient. */
const quiet: InitPart<Config> = {
  layer(input) {
    const { tensors } = zeroUpdate<Config>().layer(input);
    return { tensors: { ...tensors, ggpo_deviation: constant([input.shape.out], 0) } };
  },
};

/** Squared lengths of the columns of `a [in, k] · b [k, out]` without making the product; `[out]`. */
const columnSquares = (a: Tensor2D, b: Tensor2D): Tensor1D =>
  // Rounding may leave a square of a length near zero below it.
  tf.relu(tf.sum(tf.mul(b, tf.matMul(tf.matMul(a, a, true), b)), 0)) as Tensor1D;

const squaredGradient = (path: string) => `${path}/squared-gradient`;

/** `d = (σ·√(‖W‖² + ‖ΔW‖²) + β·‖g‖²) / √out` of each output, with `g = s·(∂A·B + A·∂B)` of the step before. */
const measureNorms: RankPart<Config> = {
  readsKernel: true,
  init: (layers) => Object.fromEntries(layers.map(({ path, shape }) => [squaredGradient(path), tf.zeros([shape.out])])),
  async before({ layers, state, config }) {
    const next = layers.map(({ path, tensors, gradients }) => {
      const square = tf.tidy(() => {
        const a = tf.concat([gradients.lora_A as Tensor2D, tensors.lora_A as Tensor2D], 1);
        const b = tf.concat([tensors.lora_B as Tensor2D, gradients.lora_B as Tensor2D], 0);
        return tf.mul(columnSquares(a, b), scale(config) ** 2);
      });
      state[squaredGradient(path)]!.dispose();
      return [squaredGradient(path), square] as const;
    });
    return { state: Object.fromEntries(next) };
  },
  async after({ layers, state, config }) {
    const replaced = layers.map(({ path, shape, kernel, tensors }) => {
      const ggpo_deviation = tf.tidy(() => {
        const ofBase = tf.tidy(() => tf.sum(tf.square(kernel), 0));
        const update = columnSquares(tensors.lora_A as Tensor2D, tensors.lora_B as Tensor2D);
        const norms = tf.sqrt(tf.add(ofBase, tf.mul(update, scale(config) ** 2)));
        const sum = tf.add(tf.mul(norms, config.sigma), tf.mul(state[squaredGradient(path)]!, config.beta));
        return tf.div(sum, Math.sqrt(shape.out));
      });
      return [path, { ggpo_deviation }] as const;
    });
    return { state, replaced: new Map(replaced) };
  },
  memory: (layers, { rank }) => ({
    state: layers.reduce((sum, { shape }) => sum + shape.out, 0),
    // The squared kernel, or the factors of the gradient side by side with a product as large as one of them.
    workspace: Math.max(
      ...layers.map(({ shape }) => Math.max(shape.in * shape.out, 2 * rank * (shape.in + 3 * shape.out))),
    ),
  }),
};

export const loraGgpo = defineMethod({
  name: 'lora-ggpo',
  title: 'LoRA-GGPO',
  paper: {
    title: 'LoRA-GGPO: Mitigating Double Descent in LoRA Fine-Tuning via Gradient-Guided Perturbation Optimization',
    arxiv: '2502.14538',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason: 'The formulas are those of a third party’s code; the authors’ code and results could not be read.',
  },
  paperClaims: [
    {
      text: 'T5-base on five tasks of GLUE: 88.81; LoRA 82.08, full fine-tuning 87.91',
      source: 'arXiv 2502.14538, version 2',
      untold: 'Of version 2 of the paper, which perturbs by the first moment of the gradient; here is version 1',
    },
  ],
  summary:
    'LoRA trained under noise that follows the norms of weights and gradients; nothing of it is left afterwards.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + 2·out + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: perturbed,
  init: quiet,
  rank: measureNorms,
  learningRates: [3e-4, 1e-3, 3e-3],
});
