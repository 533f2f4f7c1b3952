/**
 * @file Structured pruning between steps: groups of channels that layers share are scored from low-rank factors and
 * their gradients, and masked on a cubic schedule. Source: arXiv 2305.18403, sections 3.2 and 3.3, and the authors' code.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerShape, OptimizerState, RankLayer, RankPart, SteppedLayer } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** The fields of its method's configuration that the pruning reads. */
export interface PruningConfig {
  /** Share of the groups that is pruned at the end. */
  ratio: number;
  /** Shares of all steps before pruning starts, and at the end with the masks settled. */
  warmup: number;
  cooldown: number;
  /** Steps between two prunings. */
  interval: number;
  /** Weight of the importance so far in its mean with that of a step. */
  smoothing: number;
  /** Share of the blocks at the start, and number of them at the end, that are not pruned. */
  protectedFirst: number;
  protectedLast: number;
}

/** The scheduled tensor that a pruned layer has: 1 or 0 for each channel along its masked side. */
export const maskName = 'prune_mask';

/** The side whose channels are masked: the inputs of layers that read what others of their set write. */
export const maskedSide = ({ role }: LayerShape): 'in' | 'out' => (role === 'output' || role === 'down' ? 'in' : 'out');

/** Layers of one attention or one feed-forward part, whose channels can only go together. */
interface CoupledSet<L> {
  /** Path of the part, e.g. `blocks.0.attention`. */
  path: string;
  layers: L[];
  /** Heads or channels. Each is a run of entries, as long in every layer as its masked side has entries for each group. */
  groups: number;
  prunable: boolean;
}

/**
 * Prunes the groups of smallest importance in each set of coupled layers. A pruned group stays pruned.
 *
 * @param scale `s` of the update `s·A·B`, from the configuration.
 */
export function pruneGroups<C extends PruningConfig>(scale: (config: C) => number): RankPart<C> {
  return {
    readsKernel: true,
    init: (layers, config) =>
      Object.fromEntries(
        coupledSets(layers, config)
          .filter(({ prunable }) => prunable)
          .map(({ path, groups }) => [path, tf.zeros([groups])]),
      ),
    async before({ layers, state, config }) {
      const next: Record<string, Tensor> = { ...state };
      for (const set of coupledSets(layers, config)) {
        if (!set.prunable) continue;
        const previous = state[set.path]!;
        next[set.path] = tf.tidy(() => smoothed(previous, setImportance(set, scale(config)), config.smoothing));
        previous.dispose();
      }
      return { state: next };
    },
    async after({ step, totalSteps, layers, state, config }) {
      const last = totalSteps - Math.round(config.cooldown * totalSteps);
      // The authors prune at multiples of the interval alone; at `last` the final ratio is reached in any case.
      const prunes = step % config.interval === 0 || step === last;
      if (!prunes || pruned(step, totalSteps, config) === 0) return { state };
      const sets = coupledSets(layers, config).filter(({ prunable }) => prunable);
      const replaced = new Map<string, Record<string, Tensor>>();
      for (const set of sets) {
        const count = Math.trunc(set.groups * pruned(step, totalSteps, config));
        const kept = await survivors(set, state, count);
        for (const { path, shape } of set.layers) replaced.set(path, { [maskName]: spread(kept, shape) });
      }
      return { state, replaced };
    },
    memory: (layers, config) => ({
      state: coupledSets(layers, config).reduce((sum, { groups, prunable }) => sum + (prunable ? groups : 0), 0),
      // The estimated gradient, the merged kernel, and a product of both, or one of what the kernel is the sum of.
      workspace: 3 * Math.max(...layers.map(({ shape }) => shape.in * shape.out)),
    }),
  };
}

/** Share of groups pruned after a step: 0, then cubic up to the ratio, then the ratio. Equation 9. */
function pruned(step: number, totalSteps: number, { ratio, warmup, cooldown }: PruningConfig): number {
  const first = Math.round(warmup * totalSteps);
  const last = totalSteps - Math.round(cooldown * totalSteps);
  if (step <= first) return 0;
  return step >= last ? ratio : ratio * (1 - (1 - (step - first) / (last - first)) ** 3);
}

function coupledSets<L extends RankLayer>(layers: readonly L[], config: PruningConfig): CoupledSet<L>[] {
  const sets = new Map<string, L[]>();
  for (const layer of layers) {
    const path = layer.path.slice(0, layer.path.lastIndexOf('.'));
    sets.set(path, [...(sets.get(path) ?? []), layer]);
  }
  const all = [...sets].map(([path, layers]) => {
    // Heads of keys and values may be fewer than of queries, which then go in groups.
    const groups = Math.min(...layers.map(({ shape }) => shape.heads ?? shape[maskedSide(shape)]));
    return { path, layers, groups, heads: layers[0]!.shape.heads !== undefined };
  });
  return all.map(({ heads, ...set }) => {
    const alike = all.filter((other) => other.heads === heads);
    const block = alike.findIndex(({ path }) => path === set.path);
    const from = Math.trunc(config.protectedFirst * alike.length);
    return { ...set, prunable: block >= from && block < alike.length - config.protectedLast };
  });
}

/** Importance of each group, summed over the layers of a set; each layer counts with a vector of length 1. */
function setImportance({ layers, groups }: CoupledSet<SteppedLayer>, scale: number): Tensor1D {
  return layers
    .map((layer) => tf.tidy(() => groupImportance(layer, groups, scale)))
    .reduce((sum, next) => tf.add(sum, next));
}

/**
 * `|(A·∂B + ∂A·B − ∂A·∂B) ⊙ (W + s·A·B)|` summed over the entries of each group, over its length. The first factor is
 * what the step of the factors tells of the gradient of the merged kernel (equation 6).
 */
function groupImportance({ shape, kernel, tensors, gradients }: SteppedLayer, groups: number, scale: number): Tensor1D {
  const [a, b] = [tensors.lora_A as Tensor2D, tensors.lora_B as Tensor2D];
  const [da, db] = [gradients.lora_A as Tensor2D, gradients.lora_B as Tensor2D];
  const gradient = tf.tidy(() => tf.matMul(tf.concat([a, da], 1), tf.concat([db, tf.sub(b, db)], 0)));
  const merged = tf.tidy(() => tf.add(kernel, tf.matMul(a, tf.mul(b, scale) as Tensor2D)));
  const product = tf.mul(gradient, merged);
  tf.dispose([gradient, merged]);
  const perChannel = tf.sum(tf.abs(product), maskedSide(shape) === 'out' ? 0 : 1);
  const perGroup = tf.sum(tf.reshape(perChannel, [groups, -1]), 1);
  return tf.div(perGroup, tf.norm(perGroup)) as Tensor1D;
}

/** A moving mean; an importance that is not a number (of a layer without any gradient) leaves it as it was. */
function smoothed(previous: Tensor, now: Tensor1D, smoothing: number): Tensor {
  const next = tf.add(tf.mul(previous, smoothing), tf.mul(now, 1 - smoothing));
  return tf.where(tf.isFinite(now), next, previous);
}

/** For each group 1 or 0, where `count` are 0: those that are pruned already and the ones of smallest importance. */
async function survivors(
  { path, layers, groups }: CoupledSet<SteppedLayer>,
  state: OptimizerState,
  count: number,
): Promise<Float32Array> {
  const importance = await state[path]!.data<'float32'>();
  const mask = await layers[0]!.tensors[maskName]!.data<'float32'>();
  const alive = (group: number) => mask[(group * mask.length) / groups]!;
  const order = Array.from({ length: groups }, (_, group) => group).sort(
    (one, other) => alive(one) - alive(other) || importance[one]! - importance[other]!,
  );
  const kept = new Float32Array(groups).fill(1);
  for (const group of order.slice(0, count)) kept[group] = 0;
  return kept;
}

/** A layer's mask `[masked side]` from one number for each group. */
function spread(kept: Float32Array, shape: LayerShape): Tensor1D {
  const size = shape[maskedSide(shape)];
  return tf.tensor1d(
    Float32Array.from({ length: size }, (_, entry) => kept[Math.floor((entry * kept.length) / size)]!),
  );
}
