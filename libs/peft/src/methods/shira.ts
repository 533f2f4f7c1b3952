/** @file SHiRA: a few entries of the kernel are trained, at places that stay. Source: arXiv 2406.13175; as Python peft has it. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { PeftAdapterError } from '../export/error.js';
import { asIs, type PeftTensor } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart, type LayerShape } from '../method.js';
import { constant } from '../parts/init/host.js';
import { drawPlaces } from '../parts/init/places.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { scattered } from '../parts/weight/scattered.js';
import { LONGEST_PERMUTATION, torchPermutation } from '../tensor/torch-permutation.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('As many entries are trained as LoRA of this rank has numbers'),
  places: z
    .int()
    .min(0)
    .optional()
    .describe('Seed of the places as Python peft draws them. Default: they are drawn from the seed of the trial'),
});
type Config = z.infer<typeof config>;

const entriesOf = (layer: LayerShape, { rank }: Config) => rank * (layer.in + layer.out);

const someEntries = denseUpdate<Config>({
  tensors: (layer, config) => ({
    shira_weight: { shape: [entriesOf(layer, config)], trained: true, scope: 'layer' },
    // Input and output of each entry.
    shira_indices: {
      shape: [entriesOf(layer, config), 2],
      trained: false,
      index: true,
      scope: 'layer',
      inPeft: { each: 4 },
    },
  }),
  linear: () => true,
  update: ({ shape }, { tensors: { shira_weight, shira_indices } }) =>
    scattered(shira_weight as Tensor1D, shira_indices as Tensor2D, [shape.in, shape.out]) as Tensor2D,
  made: () => [],
  keeps: () => 0,
  // It multiplies by the whole weight, in the type of the base. Of the update, numbers and places are kept, these in 8 bytes.
  inPeft: (layer, config) => ({
    perRow: 0,
    fixed: 5 * entriesOf(layer, config),
    baseForInput: layer.in * layer.out,
    readsBaseInput: true,
  }),
  transient: (layer, config) => 2 * entriesOf(layer, config),
  backward: (layer, config) => 2 * entriesOf(layer, config),
});

/** All values zero, at places of the `[out, in]` weight that Python peft knows. */
const firstPlaces: InitPart<Config> = {
  layer({ shape, config, random }) {
    const [size, entries] = [shape.in * shape.out, entriesOf(shape, config)];
    const drawn =
      config.places === undefined
        ? drawPlaces(size, entries, random)
        : torchPermutation(config.places, size, entries).sort((a, b) => a - b);
    const values = drawn.flatMap((place) => [place % shape.in, Math.floor(place / shape.in)]);
    return {
      tensors: {
        shira_weight: constant([entries], 0),
        shira_indices: { shape: [entries, 2], values: Float32Array.from(values) },
      },
    };
  },
};

/** `[2, entries]`, outputs before inputs. A place outside of the layer is refused: no engine could be held to what it does there. */
const indices: PeftTensor = {
  name: 'shira_indices',
  whole: true,
  write: ({ shape: [entries], values }) => ({
    shape: [2, entries!],
    values: Float32Array.from({ length: 2 * entries! }, (_, at) =>
      at < entries! ? values[2 * at + 1]! : values[2 * (at - entries!)]!,
    ),
  }),
  read({ shape: [, entries], values }, { layer }): HostTensor {
    const own = Float32Array.from(
      { length: 2 * entries! },
      (_, at) => values[((at + 1) % 2) * entries! + Math.floor(at / 2)]!,
    );
    own.forEach((place, at) => {
      const [side, size] = at % 2 === 0 ? ['inputs', layer.in] : ['outputs', layer.out];
      if (Number.isInteger(place) && place >= 0 && place < size) return;
      throw new PeftAdapterError(
        `shira_indices: ${place} is none of the ${size} ${side} of the layer; expected 0 to ${size - 1}`,
      );
    });
    return { shape: [entries!, 2], values: own };
  },
};

export const shira = defineMethod({
  name: 'shira',
  title: 'SHiRA',
  paper: { title: 'Sparse High Rank Adapters', arxiv: '2406.13175', year: 2024 },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, with random places; masks that follow weights or gradients are left out',
  },
  summary: 'Trains a few entries of the kernel at random places: as sparse as LoRA is thin, and of high rank.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + 2·r·(in + out) + rows·in + in·out',
  config,
  usesRank: true,
  maxRank: (layer) => Math.floor((layer.in * layer.out) / (layer.in + layer.out)),
  beyondEngine(layer, { places }) {
    const size = layer.in * layer.out;
    if (places === undefined || size < LONGEST_PERMUTATION) return undefined;
    return `places: a kernel of ${size} entries is beyond the ${LONGEST_PERMUTATION} that are drawn as in Python peft; left out, places are drawn otherwise`;
  },
  startsAtBase: true,
  weight: someEntries,
  init: firstPlaces,
  peft: {
    type: 'SHIRA',
    settings: ({ rank, places }) => ({
      r: rank,
      mask_type: 'random',
      random_seed: places ?? null,
      init_weights: true,
    }),
    config: ({ r, random_seed }) => ({ rank: r, ...(typeof random_seed === 'number' && { places: random_seed }) }),
    // The file holds the places, whoever chose them.
    trainingOnly: ['mask_type', 'init_weights'],
    tensors: { shira_weight: asIs('shira_weight'), shira_indices: indices },
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
