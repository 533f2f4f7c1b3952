/** @file MoS: low-rank factors put together from shards of pools that all layers of one position share. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { defineMethod, type HostTensor, type InitPart, type LayerShape } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { factored } from '../parts/weight/low-rank.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update of a layer'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  poolRatio: z
    .number()
    .positive()
    .max(1)
    .default(0.75)
    .describe('What is trained per layer, as a part of what LoRA of the same rank trains; rounded up to a whole rank'),
  privateRank: z.int().min(0).default(1).describe('Ranks of a layer whose shards no other layer uses'),
  chunks: z
    .int()
    .min(1)
    .default(2)
    .describe('Shards that a vector of a factor consists of; divides both sides of a layer'),
});
type Config = z.infer<typeof config>;

/** Ranks that the pools hold per layer: the e of the paper. */
const pooledRank = ({ rank, poolRatio }: Config) => Math.ceil(rank * poolRatio);

/** Layers share pools with those of the same position and sides. */
const typeOf = ({ role, in: inputs, out }: LayerShape) => `${role ?? 'layer'}_${inputs}x${out}`;
const poolNames = (layer: LayerShape) => ({ a: `mos_A_${typeOf(layer)}`, b: `mos_B_${typeOf(layer)}` });

/** `[rank, width]` of rows `indices` of a pool, joined; a gradient is summed over all uses of a row. */
function assembled(pool: Tensor2D, indices: Tensor1D, rank: number): Tensor2D {
  const [height, width] = pool.shape;
  const rows = () => tf.cast(indices, 'int32');
  const gradient = (dy: Tensor) =>
    tf.scatterND(tf.expandDims(rows(), 1), tf.reshape(dy, [indices.size, width]), [height, width]);
  return fused([[pool, gradient]], () => ({
    value: tf.reshape(tf.gather(pool, rows()), [rank, -1]) as Tensor2D,
    save: {},
  }));
}

/**
 * `y = x·W + b + s·(x·A)·B`: column k of A and row k of B are the shards `k·chunks … k·chunks + chunks − 1` of the
 * layer's selection, end to end. The pools are trained; what a layer selects, for A and for B apart, is drawn once.
 */
const shards = factored<Config>({
  tensors(layer, config) {
    const { a, b } = poolNames(layer);
    const rows = pooledRank(config) * config.chunks;
    return {
      [a]: { shape: [rows, layer.in / config.chunks], trained: true, scope: 'model', pooled: true },
      [b]: { shape: [rows, layer.out / config.chunks], trained: true, scope: 'model', pooled: true },
      mos_index_A: { shape: [config.rank * config.chunks], trained: false, index: true, scope: 'layer' },
      mos_index_B: { shape: [config.rank * config.chunks], trained: false, index: true, scope: 'layer' },
    };
  },
  factors(layer, { tensors, config: { rank, alpha } }) {
    const { a, b } = poolNames(layer);
    const columns = assembled(tensors[a] as Tensor2D, tensors.mos_index_A as Tensor1D, rank);
    const rows = assembled(tensors[b] as Tensor2D, tensors.mos_index_B as Tensor1D, rank);
    return { a: tf.transpose(columns), b: tf.mul(rows, alpha / rank) as Tensor2D };
  },
  multiplies(layer, { rank }) {
    const { a, b } = poolNames(layer);
    return [
      { columns: rank, of: [a] },
      { columns: layer.out, of: [b] },
    ];
  },
  activations: (layer, { rank }) => ({
    perRow: rank,
    fixed: rank * (layer.in + layer.out) + 1,
    keepsInput: true,
    dropsInput: true,
  }),
});

/**
 * `(rank − privateRank)·chunks` different rows of the shared part of a pool, in drawn order, then the layer's own rows.
 *
 * @param place Position of the layer among the `count` that share the pool.
 */
function selection(config: Config, { place, count }: { place: number; count: number }, random: Random): HostTensor {
  const { rank, privateRank, chunks } = config;
  const shared = Array.from({ length: (pooledRank(config) - privateRank) * count * chunks }, (_, row) => row);
  const drawn = Array.from({ length: (rank - privateRank) * chunks }, () =>
    shared.splice(random.integer(shared.length), 1),
  ).flat();
  const first = (pooledRank(config) - privateRank) * count * chunks + place * privateRank * chunks;
  const own = Array.from({ length: privateRank * chunks }, (_, row) => first + row);
  return { shape: [rank * chunks], values: Float32Array.from([...drawn, ...own]) };
}

const drawnShards: InitPart<Config> = {
  layer({ shape, config, random, layers, index }) {
    const same = (layer: LayerShape) => typeOf(layer) === typeOf(shape);
    const seat = { place: layers.slice(0, index).filter(same).length, count: layers.filter(same).length };
    return {
      tensors: { mos_index_A: selection(config, seat, random), mos_index_B: selection(config, seat, random) },
    };
  },
  model({ layers, config, random }) {
    const pools: Record<string, HostTensor> = {};
    for (const layer of layers) {
      const { a, b } = poolNames(layer);
      const count = layers.filter((other) => typeOf(other) === typeOf(layer)).length;
      const rows = pooledRank(config) * config.chunks * count;
      pools[a] ??= uniform([rows, layer.in / config.chunks], 1 / Math.sqrt(layer.in), random);
      pools[b] ??= constant([rows, layer.out / config.chunks], 0);
    }
    return pools;
  },
};

function unfit(layer: LayerShape, config: Config, layers: readonly LayerShape[]): string | undefined {
  const { rank, chunks, privateRank, poolRatio } = config;
  for (const [side, size] of [['inputs', layer.in] as const, ['outputs', layer.out] as const]) {
    if (size % chunks !== 0) return `chunks: ${chunks} does not divide the ${size} ${side}; 1 does`;
  }
  const pooled = pooledRank(config);
  if (privateRank > pooled) {
    return `privateRank: ${privateRank} is above ${pooled}, the ranks per layer in the pools at poolRatio ${poolRatio}`;
  }
  const count = layers.filter((other) => typeOf(other) === typeOf(layer)).length;
  const shared = (pooled - privateRank) * count;
  if (rank - privateRank > shared) {
    return `rank: ${rank} takes ${rank - privateRank} shared ranks, and the ${count} layers of this position share ${shared}; raise poolRatio or lower privateRank`;
  }
  return undefined;
}

export const mos = defineMethod({
  name: 'mos',
  title: 'MoS',
  paper: {
    title: 'MoS: Unleashing Parameter Efficiency of Low-Rank Adaptation with Mixture of Shards',
    arxiv: '2410.00938',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: "How shards are drawn and joined follows the authors' code; the paper's results were not checked",
  },
  paperClaims: [
    {
      text: 'About 8 times fewer trained parameters than LoRA at equal quality: the parameters',
      source: 'arXiv 2410.00938, abstract',
      compare: { method: 'lora', measure: 'trained', size: { ratio: 1 / 8 } },
    },
  ],
  summary: 'Layers put their low-rank factors together from shared pools: more rank than LoRA for what is trained.',
  parameterFormula: '⌈poolRatio·r⌉·(in + out)',
  memoryFormula: '4·trained + 2·chunks·r + rows·(in + r) + r·(in + out) + 1',
  config,
  usesRank: true,
  unfit,
  startsAtBase: true,
  weight: shards,
  init: drawnShards,
  learningRates: [3e-4, 1e-3, 3e-3],
});
