/**
 * @file Uni-LoRA: every entry of every low-rank factor is one number of a single trained vector, over the root of how often that is used.
 * Source: arXiv 2506.00799; as Python peft has it.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { PeftAdapterError } from '../export/error.js';
import { asIs, type PeftTensor, transpose, transposed } from '../export/form.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type TensorSpec } from '../method.js';
import { uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(4).describe('Rank r of the update of each layer'),
  length: z.int().min(1).default(256).describe('Numbers of the vector that all layers share: all that is trained'),
});
type Config = z.infer<typeof config>;

const entriesOf = (layer: LayerShape, { rank }: Config) => rank * (layer.in + layer.out);
const frozen = (...shape: number[]): TensorSpec => ({ shape, trained: false, scope: 'layer' });

/** The numbers at places, times their scales. A gradient is summed over all uses of a number. */
function spread(vector: Tensor1D, places: Tensor2D, scales: Tensor2D): Tensor2D {
  const flat = () => tf.cast(tf.reshape(places, [places.size]), 'int32');
  const gradient = (dy: Tensor) =>
    tf.scatterND(tf.expandDims(flat(), 1), tf.reshape(tf.mul(dy, scales), [places.size]), [vector.size]);
  return fused([[vector, gradient]], () => ({
    value: tf.tidy(() => tf.mul(tf.reshape(tf.gather(vector, flat()), places.shape), scales)) as Tensor2D,
    save: {},
  }));
}

function factors({ tensors }: LayerContext<Config>) {
  const factor = (side: 'A' | 'B') =>
    spread(
      tensors.unilora_theta_d as Tensor1D,
      tensors[`unilora_indices_${side}`] as Tensor2D,
      tensors[`unilora_scales_${side}`] as Tensor2D,
    );
  return { a: factor('A'), b: factor('B') };
}

/** `y = x·W + b + (x·A)·B`: names as in Python peft. */
const oneVector = factored<Config>({
  tensors: (layer, { rank, length }) => ({
    unilora_theta_d: { shape: [length], trained: true, scope: 'model' },
    unilora_indices_A: { ...frozen(layer.in, rank), index: true },
    unilora_indices_B: { ...frozen(rank, layer.out), index: true },
    unilora_scales_A: frozen(layer.in, rank),
    unilora_scales_B: frozen(rank, layer.out),
  }),
  factors: (_, context) => factors(context),
  multiplies: (layer, { rank }) => [
    { columns: rank, of: ['unilora_theta_d'] },
    { columns: layer.out, of: ['unilora_theta_d'] },
  ],
  activations: (layer, config) => ({
    perRow: config.rank,
    fixed: entriesOf(layer, config),
    keepsInput: true,
    dropsInput: true,
    inPeft: { perRow: config.rank, fixed: config.rank * layer.out, forInput: config.rank * layer.in },
  }),
});

/** How often a number is used among `total` entries that take them in turn. */
const uses = (place: number, total: number, length: number) =>
  Math.floor(total / length) + Number(place < total % length);

/**
 * The vector uniform on ±0.02. All entries of all layers take its numbers in turn, so that each is used as often as any other, or once
 * more; which entry of a layer has which is drawn. In Python peft that is drawn over all layers at once.
 */
const balanced: InitPart<Config> = {
  layer({ shape, config, random, layers, index }) {
    const { rank, length } = config;
    const sizes = layers.map((layer) => entriesOf(layer, config));
    const sum = (some: readonly number[]) => some.reduce((total, size) => total + size, 0);
    const first = sum(sizes.slice(0, index));
    const places = Float32Array.from({ length: sizes[index]! }, (_, entry) => (first + entry) % length);
    for (let last = places.length - 1; last > 0; last -= 1) {
      const other = random.integer(last + 1);
      [places[last], places[other]] = [places[other]!, places[last]!];
    }
    const scales = places.map((place) => 1 / Math.sqrt(uses(place, sum(sizes), length)));
    const half = rank * shape.in;
    const parts = (values: Float32Array) => ({
      a: { shape: [shape.in, rank], values: values.slice(0, half) },
      b: { shape: [rank, shape.out], values: values.slice(half) },
    });
    const [indices, factors] = [parts(places), parts(scales)];
    return {
      tensors: {
        ...{ unilora_indices_A: indices.a, unilora_indices_B: indices.b },
        ...{ unilora_scales_A: factors.a, unilora_scales_B: factors.b },
      },
    };
  },
  model: ({ config: { length }, random }) => ({ unilora_theta_d: uniform([length], 0.02, random) }),
};

/** The other way round. A place outside of the vector is refused: no engine could be held to what it does there. */
const placesIn = (name: string): PeftTensor => ({
  name,
  whole: true,
  write: transpose,
  read(tensor, { config }) {
    const { length } = config as Config;
    const wrong = tensor.values.find((place) => !Number.isInteger(place) || place < 0 || place >= length);
    if (wrong === undefined) return transpose(tensor);
    throw new PeftAdapterError(
      `${name}: ${wrong} is no place in the vector of ${length} numbers; expected 0 to ${length - 1}`,
    );
  },
});

export const uniLora = defineMethod({
  name: 'uni-lora',
  title: 'Uni-LoRA',
  paper: { title: 'Uni-LoRA: One Vector is All You Need', arxiv: '2506.00799', year: 2025 },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, but that which entry has which number is drawn for each layer; no published result was checked',
  },
  summary: 'Makes all low-rank factors of all layers out of one short vector, each entry one of its numbers.',
  parameterFormula: '0 (+ length once)',
  memoryFormula: '4·trained + rows·(in + r) + 3·r·(in + out)',
  config,
  usesRank: true,
  startsAtBase: false,
  weight: oneVector,
  init: balanced,
  peft: {
    type: 'UNILORA',
    conv1d: true,
    settings: ({ rank, length }) => ({
      r: rank,
      theta_d_length: length,
      proj_seed: 42,
      save_indices: true,
      init_theta_d_bound: 0.02,
      unilora_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, theta_d_length }) => ({ rank: r, length: theta_d_length }),
    trainingOnly: ['proj_seed', 'init_theta_d_bound', 'unilora_dropout', 'init_weights'],
    unreadable: { save_indices: 'the file lacks which entry has which number; save it with save_indices as true' },
    tensors: {
      unilora_theta_d: asIs('unilora_theta_d'),
      unilora_indices_A: placesIn('unilora_indices_A'),
      unilora_indices_B: placesIn('unilora_indices_B'),
      unilora_scales_A: transposed('unilora_scales_A'),
      unilora_scales_B: transposed('unilora_scales_B'),
    },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
