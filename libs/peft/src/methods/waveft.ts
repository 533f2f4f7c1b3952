/** @file WaveFT: the update is the inverse wavelet transform of a few trained coefficients. Source: arXiv 2505.12532; as Python peft has it. */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { asIs } from '../export/form.js';
import { defineMethod, type HostTensor, type LayerShape } from '../method.js';
import { constant } from '../parts/init/host.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { numbersAt, scattered } from '../parts/weight/scattered.js';
import { tf } from '../tensor/tf.js';
import { LONGEST_PERMUTATION, torchPermutation } from '../tensor/torch-permutation.js';

/** Scaling filters of Daubechies' wavelets, of which `db2` and `db3` are also called `sym2` and `sym3`. */
const filters = {
  db1: [Math.SQRT1_2, Math.SQRT1_2],
  db2: [0.48296291314453416, 0.8365163037378079, 0.2241438680420134, -0.12940952255126037],
  db3: [
    0.33267055295008263, 0.8068915093133388, 0.4598775021193313, -0.13501102001039084, -0.08544127388224149,
    0.035226291882100656,
  ],
  db4: [
    0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.027983769416859854, -0.18703481171909309,
    0.030841381835560764, 0.0328830116668852, -0.010597401785069032,
  ],
} as const;

const config = z.strictObject({
  coefficients: z.int().min(1).default(100).describe('Trained coefficients of a layer, at random places'),
  scaling: z.number().positive().default(25).describe('The transform is multiplied by this'),
  wavelet: z
    .enum(['db1', 'db2', 'db3', 'db4'])
    .default('db1')
    .describe('Daubechies’ wavelet: db1 is Haar’s, those after it are longer and smoother'),
  places: z
    .int()
    .min(0)
    .default(777)
    .describe('Seed of the places: Python peft draws the same, and stores the seed alone'),
});
type Config = z.infer<typeof config>;

const taps = ({ wavelet }: Config) => filters[wavelet].length;

/** Coefficients of a side are those of twice as many numbers as a band has; the numbers that come out, in pairs, and how many of them are used. */
function bands(size: number, config: Config) {
  const half = Math.ceil((size + taps(config) - 2) / 2);
  return { padded: 2 * half, half, pairs: half - taps(config) / 2 + 1 };
}

/** Floats of the coefficients, of their windows, of what comes out. */
function sizes(layer: LayerShape, config: Config) {
  const [down, across] = [bands(layer.in, config), bands(layer.out, config)];
  return {
    coefficients: down.padded * across.padded,
    windows: taps(config) ** 2 * down.pairs * across.pairs,
    numbers: 4 * down.pairs * across.pairs,
  };
}

/**
 * `[4, taps²]`: what a pair of pairs is made of. Rows are first or second number down and across; columns are windows that
 * begin so many coefficients further down and across, and of each the four bands.
 */
function synthesis(config: Config): Tensor2D {
  const low: readonly number[] = filters[config.wavelet];
  const high = low.map((_, tap) => (tap % 2 === 0 ? 1 : -1) * low[low.length - 1 - tap]!);
  const weight = (number: number, shift: number, band: number) =>
    (band === 0 ? low : high)[low.length - 2 + number - 2 * shift]!;
  const shifts = low.length / 2;
  const values: number[] = [];
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < low.length ** 2; column += 1) {
      const [window, band] = [Math.floor(column / 4), column % 4];
      const down = weight(row >> 1, Math.floor(window / shifts), band >> 1);
      values.push(config.scaling * down * weight(row & 1, window % shifts, band & 1));
    }
  }
  return tf.tensor2d(values, [4, low.length ** 2]);
}

/** Where windows of a band begin, down and across. */
function* shiftsOf(config: Config): Generator<[number, number]> {
  for (let down = 0; down < taps(config) / 2; down += 1) {
    for (let across = 0; across < taps(config) / 2; across += 1) yield [down, across];
  }
}

/** Four bands `[4, half, half]` → `ΔW`. Frees the bands. */
function inverse(coefficients: Tensor3D, layer: LayerShape, config: Config): Tensor2D {
  const [down, across] = [bands(layer.in, config).pairs, bands(layer.out, config).pairs];
  const windows = tf.tidy(() => {
    const parts = [...shiftsOf(config)].map(([i, j]) => tf.slice(coefficients, [0, i, j], [4, down, across]));
    return tf.reshape(parts.length === 1 ? parts[0]! : tf.concat(parts, 0), [-1, down * across]) as Tensor2D;
  });
  coefficients.dispose();
  const numbers = tf.tidy(() => tf.reshape(tf.matMul(synthesis(config), windows), [2, 2, down, across]));
  windows.dispose();
  const placed = tf.tidy(() => tf.reshape(tf.transpose(numbers, [2, 0, 3, 1]), [2 * down, 2 * across]) as Tensor2D);
  numbers.dispose();
  if (placed.shape[0] === layer.in && placed.shape[1] === layer.out) return placed;
  const used = tf.slice(placed, [0, 0], [layer.in, layer.out]);
  placed.dispose();
  return used;
}

/** The adjoint: the gradient of `ΔW` → that of the four bands. */
function adjoint(dy: Tensor2D, layer: LayerShape, config: Config): Tensor3D {
  const [down, across] = [bands(layer.in, config), bands(layer.out, config)];
  const numbers = tf.tidy(() => {
    const whole = tf.pad(dy, [
      [0, 2 * down.pairs - layer.in],
      [0, 2 * across.pairs - layer.out],
    ]);
    const pairs = tf.reshape(whole, [down.pairs, 2, across.pairs, 2]);
    return tf.reshape(tf.transpose(pairs, [1, 3, 0, 2]), [4, down.pairs * across.pairs]) as Tensor2D;
  });
  const windows = tf.tidy(() =>
    tf.reshape(tf.matMul(synthesis(config), numbers, true), [-1, down.pairs, across.pairs]),
  );
  numbers.dispose();
  let sum: Tensor | undefined;
  [...shiftsOf(config)].forEach(([i, j], window) => {
    const next = tf.tidy(() => {
      const part = tf.slice(windows, [4 * window, 0, 0], [4, -1, -1]);
      const padded = tf.pad(part, [
        [0, 0],
        [i, down.half - down.pairs - i],
        [j, across.half - across.pairs - j],
      ]);
      return sum ? tf.add(sum, padded) : padded;
    });
    sum?.dispose();
    sum = next;
  });
  windows.dispose();
  return sum as Tensor3D;
}

/** `ΔW` of the coefficients. Keeps nothing: the backward pass needs the places alone. */
function transform(spectrum: Tensor1D, places: Tensor2D, layer: LayerShape, config: Config): Tensor2D {
  const shape = [4, bands(layer.in, config).half, bands(layer.out, config).half];
  return fused<Tensor2D, Record<string, Tensor>>(
    [[spectrum, (dy) => numbersAt(adjoint(dy as Tensor2D, layer, config), places)]],
    () => ({ value: inverse(scattered(spectrum, places, shape) as Tensor3D, layer, config), save: {} }),
  );
}

const inverseTransform = denseUpdate<Config>({
  tensors: (_, { coefficients }) => ({
    waveft_spectrum: { shape: [coefficients], trained: true, scope: 'layer' },
    // Band, and place down and across in it. peft leaves them on the host.
    waveft_indices: { shape: [coefficients, 3], trained: false, index: true, scope: 'layer', inPeft: { numbers: 0 } },
  }),
  linear: () => true,
  update: ({ shape }, { tensors: { waveft_spectrum, waveft_indices }, config }) =>
    transform(waveft_spectrum as Tensor1D, waveft_indices as Tensor2D, shape, config),
  made(layer, config) {
    const columns = bands(layer.in, config).pairs * bands(layer.out, config).pairs;
    return [{ rows: 4, inner: taps(config) ** 2, columns, left: [], right: ['waveft_spectrum'] }];
  },
  keeps: () => 0,
  // The coefficients and the filter that they are convolved with.
  inPeft: (layer, config) => ({
    perRow: 0,
    fixed: sizes(layer, config).coefficients + 4 * taps(config) ** 2,
    forInput: layer.in * layer.out,
  }),
  transient(layer, config) {
    const { coefficients, windows, numbers } = sizes(layer, config);
    const made = taps(config) > 2 ? [coefficients + 2 * windows, windows + numbers] : [coefficients + numbers];
    return Math.max(3 * config.coefficients + coefficients, ...made, 2 * numbers) - layer.in * layer.out;
  },
  backward(layer, config) {
    const { coefficients, windows, numbers } = sizes(layer, config);
    const added = taps(config) > 2 ? windows + 3 * coefficients : windows;
    return Math.max(2 * numbers, numbers + windows, added, coefficients + 3 * config.coefficients);
  },
});

/**
 * Different places of the coefficients of the `[out, in]` weight, as Python peft draws them, which has them in the middle of the
 * padded ones: as band and place of ours. peft takes the two mixed bands for one another.
 */
function placesOf(config: Config, layer: LayerShape): HostTensor {
  const drawn = torchPermutation(config.places, layer.in * layer.out, config.coefficients);
  const [down, across] = [bands(layer.in, config), bands(layer.out, config)];
  const values = drawn.flatMap((place) => {
    const [i, j] = [place % layer.in, Math.floor(place / layer.in)];
    const [u, v] = [i + Math.floor((down.padded - layer.in) / 2), j + Math.floor((across.padded - layer.out) / 2)];
    const [lower, right] = [u >= down.half ? 1 : 0, v >= across.half ? 1 : 0];
    return [2 * right + lower, u % down.half, v % across.half];
  });
  return { shape: [config.coefficients, 3], values: Float32Array.from(values) };
}

/** The same wavelets under another name of peft's. */
const alias: Record<string, string> = { sym2: 'db2', sym3: 'db3' };

export const waveft = defineMethod({
  name: 'waveft',
  title: 'WaveFT',
  paper: {
    title: 'Exploring Sparsity for Parameter Efficient Fine Tuning Using Wavelets',
    arxiv: '2505.12532',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, with four of its wavelets and their transform; no published result was checked',
  },
  summary: 'Trains a few wavelet coefficients of the update: each moves a patch of the weight.',
  parameterFormula: 'coefficients',
  memoryFormula: '4·trained + 3·coefficients + rows·in + in·out',
  config,
  usesRank: false,
  unfit(layer, { coefficients }) {
    const most = layer.in * layer.out;
    return coefficients > most ? `coefficients: ${coefficients} is above the ${most} that there are` : undefined;
  },
  beyondEngine(layer) {
    const size = layer.in * layer.out;
    if (size < LONGEST_PERMUTATION) return undefined;
    return `places: a kernel of ${size} entries is beyond the ${LONGEST_PERMUTATION} that are drawn as in Python peft`;
  },
  startsAtBase: true,
  weight: inverseTransform,
  init: {
    layer: ({ shape, config }) => ({
      tensors: { waveft_spectrum: constant([config.coefficients], 0), waveft_indices: placesOf(config, shape) },
    }),
  },
  peft: {
    type: 'WAVEFT',
    packed: true,
    conv1d: true,
    settings: ({ coefficients, scaling, wavelet, places }) => ({
      n_frequency: coefficients,
      scaling,
      wavelet_family: wavelet,
      use_idwt: true,
      random_loc_seed: places,
      bias: 'none',
      init_weights: true,
    }),
    config: ({ n_frequency, scaling, wavelet_family, random_loc_seed }) => ({
      coefficients: n_frequency,
      scaling,
      wavelet: alias[wavelet_family as string] ?? wavelet_family,
      places: random_loc_seed,
    }),
    trainingOnly: ['init_weights'],
    equivalent: { wavelet_family: Object.keys(alias) },
    derived: { waveft_indices: placesOf },
    tensors: { waveft_spectrum: asIs('waveft_spectrum') },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
