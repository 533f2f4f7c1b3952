/** @file Ranks that grow where a module matters, until a budget is spent. Source: arXiv 2308.12043, section 3. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { OptimizerState, RankPart, SteppedLayer } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { read } from './read.js';

/** The fields of its method's configuration that the growth reads. */
export interface GrowthConfig {
  /** Rank of every layer at the start, and the mean at which nothing grows any more. */
  initialRank: number;
  rank: number;
  /** Ranks that a layer gains at once. */
  increment: number;
  /** Layers that grow at once. */
  layersAtOnce: number;
  /** Share of the steps before the first growth, and of those at the end by which the budget is to be spent. */
  warmup: number;
  settle: number;
  /** Steps between two growths. Default: as many as `warmup` and `settle` leave for each. */
  interval?: number | undefined;
  /** Whether the factors of the next ranks are trained before these count. */
  advance: boolean;
  beta1: number;
  beta2: number;
}

/** Name of the scheduled tensor `[1]` that holds a layer's rank. */
export const rankName = 'lora_rank';
/** Name under which a layer observes `Σ|ΔW ⊙ ∂L/∂ΔW| / √(in·out)`. */
export const scoreName = 'score';
/** The value of the gates of the reserve: enough for its factors to have a gradient, too little to be seen. */
export const reserveGate = 1e-5;

const sensitivity = 'growth/sensitivity';
const uncertainty = 'growth/uncertainty';

/** Gates `[capacity]` of a layer: 0 but for the reserve behind its rank. */
export function gates(capacity: number, rank: number, reserve: number, { advance, increment }: GrowthConfig) {
  return Float32Array.from({ length: capacity }, (_, k) =>
    advance && k >= rank && k < rank + increment ? reserve : 0,
  );
}

/**
 * Grows the layers of highest importance. Of the `capacity` ranks that tensors have room for, a layer's first `lora_rank`
 * are trained; the next `increment` are its reserve, of which `lora_A` and `lora_B` alone are (with `advance`); the others
 * are masked. When the layers' ranks reach the budget, the reserves are closed for good. The last growth may pass the
 * budget by less than `layersAtOnce · increment`, as in the authors' code.
 *
 * @param capacity Largest rank of a layer, from the configuration.
 */
export function growRanks<C extends GrowthConfig>({ capacity }: { capacity: (config: C) => number }): RankPart<C> {
  const isSpent = (ranks: readonly number[], { rank }: C) => sum(ranks) >= rank * ranks.length;
  return {
    init: (layers) => ({ [sensitivity]: tf.zeros([layers.length]), [uncertainty]: tf.zeros([layers.length]) }),
    async before({ layers, config, state }) {
      const ranks = await ranksOf(layers);
      const ahead = config.advance && !isSpent(ranks, config) ? config.increment : 0;
      const size = capacity(config);
      const masks = layers.map(({ path }, index) => {
        const rank = ranks[index]!;
        const factors = upTo(size, rank + ahead);
        const own = {
          lora_A: tf.tensor(factors, [1, size]),
          lora_E: tf.tensor(upTo(size, rank)),
          lora_B: tf.tensor(factors, [size, 1]),
        };
        return [path, own] as const;
      });
      return { state, masks: new Map(masks) };
    },
    async after({ layers, config, state, step, totalSteps }) {
      const before = await ranksOf(layers);
      const named = (ranks: readonly number[]) =>
        Object.fromEntries(layers.map(({ path }, index) => [path, ranks[index]!]));
      if (isSpent(before, config)) return { state, ranks: named(before) };
      const next = withImportance(state, layers, config);
      if (step <= config.warmup * totalSteps || step % intervalOf(config, layers.length, totalSteps) !== 0) {
        return { state: next, ranks: named(before) };
      }
      const importance = await read(() => tf.mul(next[sensitivity]!, next[uncertainty]!));
      const size = capacity(config);
      const ranks = grown(before, importance, config, size);
      const reserve = isSpent(ranks, config) ? 0 : reserveGate;
      const replaced = layers.map(({ path, tensors }, index) => {
        const rank = ranks[index]!;
        const next = tf.tidy(() => {
          const kept = tf.mul(tensors.lora_E as Tensor1D, upTo(size, rank));
          return tf.add(kept, gates(size, rank, reserve, config));
        });
        return [path, { lora_E: next, [rankName]: tf.tensor1d([rank]) }] as const;
      });
      return { state: next, ranks: named(ranks), replaced: new Map(replaced) };
    },
    memory: (layers, config) => ({
      state: 2 * layers.length,
      workspace: 0,
      masks: 3 * layers.length * capacity(config),
    }),
  };
}

/** Steps between two growths of a model with this many layers. */
function intervalOf(config: GrowthConfig, layers: number, totalSteps: number): number {
  const { initialRank, rank, increment, layersAtOnce, warmup, settle, interval } = config;
  if (interval !== undefined) return interval;
  const growths = Math.ceil((layers * (rank - initialRank)) / (layersAtOnce * increment));
  return Math.max(1, Math.floor(((1 - warmup - settle) * totalSteps) / Math.max(1, growths)));
}

/** `Ī ← β₁Ī + (1−β₁)S`, `Ū ← β₂Ū + (1−β₂)|S − Ī|` of all layers; the replaced tensors are disposed. */
function withImportance(
  state: OptimizerState,
  layers: readonly SteppedLayer[],
  { beta1, beta2 }: GrowthConfig,
): OptimizerState {
  const [smooth, deviation] = tf.tidy(() => {
    const now = tf.stack(layers.map(({ observed }) => observed[scoreName]!));
    const smooth = tf.add(tf.mul(state[sensitivity]!, beta1), tf.mul(now, 1 - beta1));
    const distance = tf.abs(tf.sub(now, smooth));
    return [smooth, tf.add(tf.mul(state[uncertainty]!, beta2), tf.mul(distance, 1 - beta2))] as const;
  });
  tf.dispose([state[sensitivity]!, state[uncertainty]!]);
  return { ...state, [sensitivity]: smooth, [uncertainty]: deviation };
}

/** Ranks after the most important layers with room have grown; of equally important ones the first do. */
function grown(
  ranks: readonly number[],
  importance: Float32Array,
  { increment, layersAtOnce }: GrowthConfig,
  capacity: number,
): number[] {
  const chosen = ranks
    .map((rank, layer) => ({ rank, layer }))
    .filter(({ rank }) => rank < capacity)
    .sort((one, other) => importance[other.layer]! - importance[one.layer]!)
    .slice(0, layersAtOnce)
    .map(({ layer }) => layer);
  return ranks.map((rank, layer) => (chosen.includes(layer) ? Math.min(capacity, rank + increment) : rank));
}

/** 1 for the first `count` of `size`, 0 for the others. */
const upTo = (size: number, count: number) => Float32Array.from({ length: size }, (_, k) => (k < count ? 1 : 0));

const ranksOf = async (layers: readonly SteppedLayer[]): Promise<number[]> =>
  Array.from(await read(() => tf.concat(layers.map(({ tensors }) => tensors[rankName] as Tensor1D))));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
