/**
 * @file Uni-LoRA: every entry of every low-rank factor is one number of a single trained vector, over the root of how often that is used.
 * Source: arXiv 2506.00799; as Python peft has it.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { PeftAdapterError } from '../export/error.js';
import { asIs, type PeftTensor, transpose, transposed } from '../export/form.js';
import {
  defineMethod,
  type HostTensor,
  type InitPart,
  type LayerContext,
  type LayerShape,
  type TensorSpec,
} from '../method.js';
import { uniform } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { numpyRandom } from '../tensor/numpy-random.js';
import type { Random } from '../tensor/random.js';
import { shuffled } from '../tensor/shuffled.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(4).describe('Rank r of the update of each layer'),
  length: z.int().min(1).default(256).describe('Numbers of the vector that all layers share: all that is trained'),
  places: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Seed of which entry has which number, as Python peft draws it over all layers. Default: drawn from the seed of the trial',
    ),
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

const total = (layers: readonly LayerShape[], config: Config) =>
  layers.reduce((sum, layer) => sum + entriesOf(layer, config), 0);

/** The number of every entry of all layers, and how often each number is used. */
interface Drawn {
  places: Int32Array;
  counts: Int32Array;
}

/** The layers of a model ask for the same one, one after another. */
let lastDrawn: { of: string; drawn: WeakRef<Drawn> } | undefined;

/** Each number stands as often as any other, some that are drawn once more, and then all are shuffled: as Python peft does it. */
function drawnByPeft(layers: readonly LayerShape[], config: Config, seed: number): Drawn {
  const { length } = config;
  const size = total(layers, config);
  const of = [seed, size, length].join();
  const known = lastDrawn?.of === of ? lastDrawn.drawn.deref() : undefined;
  if (known) return known;
  const random = numpyRandom(seed);
  const each = Math.floor(size / length);
  const places = Int32Array.from({ length: size }, (_, entry) => Math.floor(entry / each));
  if (size % length > 0) places.set(random.choose(length, size % length), each * length);
  random.shuffle(places);
  const counts = new Int32Array(length);
  for (const number of places) counts[number]! += 1;
  const drawn = { places, counts };
  lastDrawn = { of, drawn: new WeakRef(drawn) };
  return drawn;
}

interface Place {
  layers: readonly LayerShape[];
  index: number;
  config: Config;
}

/** The numbers of a layer's entries, and how often a number is used in all layers. */
interface Entries {
  places: Int32Array;
  uses(number: number): number;
}

/** Entries by the seed that the configuration names. */
function ofPeft({ layers, index, config }: Place): Entries {
  const first = total(layers.slice(0, index), config);
  const { places, counts } = drawnByPeft(layers, config, config.places!);
  return {
    places: places.subarray(first, first + entriesOf(layers[index]!, config)),
    uses: (number) => counts[number]!,
  };
}

/** All entries of all layers take the numbers in turn, so that each is used as often as any other, or once more; those of a layer are shuffled. */
function inTurn({ layers, index, config }: Place, random: Random): Entries {
  const { length } = config;
  const first = total(layers.slice(0, index), config);
  const order = shuffled(entriesOf(layers[index]!, config), random);
  const places = Int32Array.from(order, (entry) => (first + entry) % length);
  const size = total(layers, config);
  return { places, uses: (number) => Math.floor(size / length) + Number(number < size % length) };
}

/** Places and scales of a layer, drawn or, without a stream, those of Python peft, which has A before B and both in its own layouts. */
function entriesAt(place: Place, random?: Random): Record<string, HostTensor> {
  const { layers, index, config } = place;
  const { in: inputs, out } = layers[index]!;
  const { rank } = config;
  const { places, uses } = random === undefined ? ofPeft(place) : inTurn(place, random);
  const half = rank * inputs;
  const part = (shape: number[], of: Int32Array, value: (number: number) => number) =>
    transpose({ shape, values: Float32Array.from(of, value) });
  const [a, b] = [places.subarray(0, half), places.subarray(half)];
  const scale = (number: number) => 1 / Math.sqrt(uses(number));
  return {
    unilora_indices_A: part([rank, inputs], a, (number) => number),
    unilora_indices_B: part([out, rank], b, (number) => number),
    unilora_scales_A: part([rank, inputs], a, scale),
    unilora_scales_B: part([out, rank], b, scale),
  };
}

/** The vector uniform on ±0.02. */
const balanced: InitPart<Config> = {
  layer: ({ config, random, layers, index }) => ({
    tensors: entriesAt({ layers, index, config }, config.places === undefined ? random : undefined),
  }),
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
    reason: 'As Python peft has it; no published result was checked',
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
    packed: true,
    conv1d: true,
    settings: ({ rank, length, places }) => ({
      r: rank,
      theta_d_length: length,
      proj_seed: places ?? null,
      save_indices: true,
      init_theta_d_bound: 0.02,
      unilora_dropout: 0,
      init_weights: true,
      bias: 'none',
    }),
    config: ({ r, theta_d_length, proj_seed }) => ({
      rank: r,
      length: theta_d_length,
      ...(typeof proj_seed === 'number' && { places: proj_seed }),
    }),
    trainingOnly: ['proj_seed', 'init_theta_d_bound', 'unilora_dropout', 'init_weights'],
    filesOnly: ['save_indices'],
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
