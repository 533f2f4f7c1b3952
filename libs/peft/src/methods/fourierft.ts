/** @file FourierFT: the update is the inverse Fourier transform of a few trained coefficients. Source: arXiv 2405.03003. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { asIs } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart, type LayerShape } from '../method.js';
import { constant, gaussian } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { torchPermutation } from '../tensor/torch-permutation.js';

const config = z.strictObject({
  frequencies: z.int().min(1).default(100).describe('Trained coefficients of a layer, at random frequencies'),
  places: z
    .int()
    .min(0)
    .default(777)
    .describe('Seed of the frequencies: Python peft draws the same, and stores the seed alone'),
  scaling: z
    .number()
    .positive()
    .optional()
    .describe(
      'The transform is multiplied by this. Default: 150 for 1000 frequencies on 768 × 768, otherwise as strong',
    ),
  start: z
    .enum(['normal', 'zeros'])
    .optional()
    .describe('First coefficients: normal numbers as in the paper, or zeros, an update of nothing. Default: normal'),
});
type Config = z.infer<typeof config>;

/**
 * Factor of a single wave: the scaling, and the 1/(in·out) of the inverse transform. By default the update starts as large,
 * beside weights of size 1/√in, as that of 1000 frequencies with scaling 150 on 768 × 768.
 */
const amplitude = (layer: LayerShape, { scaling, frequencies }: Config) =>
  scaling === undefined
    ? (150 / 768 ** 2) * Math.sqrt((1000 / frequencies) * (768 / layer.in))
    : scaling / (layer.in * layer.out);

/** Positions are split at multiples of this, so that float32 holds every `frequency · position` exactly … */
const STRIDE = 64;
/** … up to this size of a side. */
const LARGEST_SIDE = Math.sqrt(2 ** 24 * STRIDE);

/**
 * Cosines above sines, `[2n, size]`, of `2π · frequency · position / size` for `frequencies [n, 1]` at all positions.
 * Holds 5·n·size floats at most.
 */
function waves(frequencies: Tensor2D, size: number): Tensor2D {
  const modulo = (x: Tensor): Tensor =>
    tf.tidy(() =>
      tf.sub(
        x,
        chain(
          tf.div(x, size),
          (t) => tf.floor(t),
          (t) => tf.mul(t, size),
        ),
      ),
    );
  return tf.tidy(() => {
    const positions = tf.reshape(tf.range(0, size), [1, size]);
    const strides = tf.floor(tf.div(positions, STRIDE));
    const steps = tf.sub(positions, tf.mul(strides, STRIDE));
    const phase = tf.tidy(() =>
      chain(
        tf.tidy(() => modulo(tf.mul(modulo(tf.mul(frequencies, STRIDE)), strides))),
        (coarse) => tf.tidy(() => tf.add(coarse, tf.mul(frequencies, steps))),
        modulo,
        (t) => tf.mul(t, (2 * Math.PI) / size),
      ),
    );
    return tf.concat([tf.cos(phase), tf.sin(phase)], 0) as Tensor2D;
  });
}

/** The waves of a layer along its inputs, `[2n, in]`. */
const along = (layer: LayerShape, places: Tensor2D): Tensor2D =>
  tf.tidy(() => waves(tf.slice(places, [0, 1], [-1, 1]), layer.in));

/** The waves of a layer along its outputs, sines negated, `[2n, out]`. */
const across = (layer: LayerShape, places: Tensor2D): Tensor2D =>
  tf.tidy(() => {
    const count = places.shape[0];
    const signs = tf.concat([tf.ones([count, 1]), tf.fill([count, 1], -1)], 0);
    return tf.mul(waves(tf.slice(places, [0, 0], [-1, 1]), layer.out), signs);
  });

/**
 * `ΔW[i, o] = a · Σ_k c_k · cos(2π(u_k·o/out + v_k·i/in))`, which is the real part of the inverse transform of a matrix
 * that holds `c_k` at `(u_k, v_k)`. Keeps nothing: the backward pass makes the waves anew.
 */
function transform(coefficients: Tensor1D, places: Tensor2D, layer: LayerShape, scale: number): Tensor2D {
  return tf.customGrad<Tensor2D>((...inputs) => {
    const c = tf.mul(tf.reshape(inputs[0] as unknown as Tensor1D, [-1, 1]), scale);
    const weighted = tf.tidy(() => tf.mul(across(layer, places), tf.concat([c, c], 0))) as Tensor2D;
    return {
      value: tf.matMul(
        tf.tidy(() => tf.transpose(along(layer, places))),
        weighted,
      ) as Tensor2D,
      gradFunc(dy: Tensor2D) {
        const projected = tf.tidy(() => tf.matMul(along(layer, places), dy));
        const sums = tf.sum(tf.mul(projected, across(layer, places)), 1);
        return tf.mul(tf.sum(tf.reshape(sums, [2, -1]), 0), scale);
      },
    };
  })(coefficients);
}

const inverseTransform = denseUpdate<Config>({
  tensors: (_, { frequencies }) => ({
    fourierft_spectrum: { shape: [frequencies], trained: true, scope: 'layer' },
    // Two frequencies of each coefficient: along the outputs, and along the inputs. peft leaves them on the host.
    fourierft_indices: { shape: [frequencies, 2], trained: false, index: true, scope: 'layer', inPeft: { numbers: 0 } },
  }),
  linear: () => true,
  update: ({ shape }, { tensors, config }) =>
    transform(
      tensors.fourierft_spectrum as Tensor1D,
      tensors.fourierft_indices as Tensor2D,
      shape,
      amplitude(shape, config),
    ),
  keeps: () => 0,
  inPeft: (layer) => ({ perRow: 0, fixed: 0, forInput: layer.in * layer.out }),
  // The weighted waves of the outputs while those of the inputs are made.
  transient: (layer, { frequencies: n }) => n * Math.max(5 * layer.out, 2 * layer.out + 5 * layer.in),
  // The gradient times the waves of the inputs while those of the outputs are made.
  backward: (layer, { frequencies: n }) => n * Math.max(5 * layer.in, 2 * layer.in + 2 * layer.out, 7 * layer.out),
});

/** Different places of the `[out, in]` spectrum, as Python peft draws them: layers of one shape have the same. */
function placesOf({ frequencies, places: seed }: Config, layer: LayerShape): HostTensor {
  const places = torchPermutation(seed, layer.in * layer.out, frequencies);
  const values = places.flatMap((place) => [Math.floor(place / layer.in), place % layer.in]);
  return { shape: [frequencies, 2], values: Float32Array.from(values) };
}

/** Coefficients from N(0, 1), or zeros. */
const firstSpectrum: InitPart<Config> = {
  layer: ({ shape, config, random }) => ({
    tensors: {
      fourierft_spectrum:
        config.start === 'zeros' ? constant([config.frequencies], 0) : gaussian([config.frequencies], 1, random),
      fourierft_indices: placesOf(config, shape),
    },
  }),
};

/** `scaling` of peft, which is one for all layers; ours without one depends on the layer. */
const peftScaling = (layer: LayerShape, config: Config) => amplitude(layer, config) * layer.in * layer.out;

export const fourierft = defineMethod({
  name: 'fourierft',
  title: 'FourierFT',
  paper: {
    title: 'Parameter-Efficient Fine-Tuning with Discrete Fourier Transform',
    arxiv: '2405.03003',
    year: 2024,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'RoBERTa-large: GLUE average 88.0 with 0.048 M trained parameters; LoRA 87.8',
      source: 'arXiv 2405.03003',
      compare: { scale: { parameters: 355e6 }, method: 'lora', measure: 'score', size: { points: 0.2 } },
    },
  ],
  summary: 'Trains a few Fourier coefficients of the update: their number does not depend on the size of the layer.',
  parameterFormula: 'frequencies',
  memoryFormula: '4·trained + 2·frequencies + rows·in + in·out',
  config,
  usesRank: false,
  unfit(layer, { frequencies }) {
    const most = layer.in * layer.out;
    return frequencies > most ? `frequencies: ${frequencies} is above the ${most} that there are` : undefined;
  },
  beyondEngine(layer) {
    const side = Math.max(layer.in, layer.out);
    if (side <= LARGEST_SIDE) return undefined;
    return `frequencies: a side of ${side} is beyond the ${LARGEST_SIDE} for which float32 holds frequency · position`;
  },
  startsAtBase: false,
  weight: inverseTransform,
  init: firstSpectrum,
  peft: {
    type: 'FOURIERFT',
    packed: true,
    conv1d: true,
    settings: (config, modules) => ({
      n_frequency: config.frequencies,
      scaling: config.scaling ?? peftScaling(modules[0]!.shape, config),
      random_loc_seed: config.places,
      bias: 'none',
      init_weights: config.start === 'zeros',
    }),
    config: ({ n_frequency, scaling, random_loc_seed, init_weights }) => ({
      frequencies: n_frequency,
      scaling,
      places: random_loc_seed,
      ...(init_weights === true && { start: 'zeros' }),
    }),
    unsupported: (config, layers) =>
      new Set(layers.map((layer) => peftScaling(layer, config))).size > 1
        ? 'without `scaling` in its configuration its layers have different ones, and in Python peft they share one'
        : undefined,
    derived: { fourierft_indices: placesOf },
    tensors: { fourierft_spectrum: asIs('fourierft_spectrum') },
  },
  learningRates: [1e-2, 3e-2, 1e-1],
});
