/** @file Rank allocation across layers by importance under a cubic budget. Source: arXiv 2303.10512, equations 8 to 12. */
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { OptimizerState, RankPart, SteppedLayer } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { read } from './read.js';

/** The fields of its method's configuration that the allocation reads. */
interface BudgetConfig {
  /** Mean rank of a layer at the end. */
  rank: number;
  /** Shares of all steps before pruning starts, and at the end with the ranks settled. */
  warmup: number;
  settle: number;
  /** Steps between two allocations. */
  interval: number;
  beta1: number;
  beta2: number;
}

const trained = ['lora_A', 'lora_E', 'lora_B'] as const;
/** State name of the triplets kept by the last allocation, `[layers, initial rank]` of 0 and 1. */
const keptName = 'allocation/kept';

/**
 * Prunes triplets `(A[:,k], E[k], B[k,:])` by setting `E[k]` to zero. `E` stays trained, so a triplet can come back at a
 * later allocation until the pattern settles.
 *
 * @param initialRank Triplets per layer, from the configuration.
 */
export function allocateRanks<C extends BudgetConfig>({
  initialRank,
}: {
  initialRank: (config: C) => number;
}): RankPart<C> {
  return {
    init(layers, config) {
      const r = initialRank(config);
      const state: Record<string, Tensor> = { [keptName]: tf.ones([layers.length, r]) };
      for (const { path, shape } of layers) {
        const shapes = { lora_A: [shape.in, r], lora_E: [r], lora_B: [r, shape.out] };
        for (const name of trained) {
          state[`${path}.${name}/sensitivity`] = tf.zeros(shapes[name]);
          state[`${path}.${name}/uncertainty`] = tf.zeros(shapes[name]);
        }
      }
      return state;
    },
    async after({ step, totalSteps, layers, state, config }) {
      const first = Math.round(config.warmup * totalSteps);
      const last = totalSteps - Math.round(config.settle * totalSteps);
      let next = state;
      // The step that settles the pattern no longer updates importance, as in the authors' code.
      if (step < last) next = withImportance(next, layers, config);
      const allocates = step === last || (step > first && step < last && step % config.interval === 0);
      if (allocates) {
        const perLayer = initialRank(config);
        const target = layers.length * config.rank;
        const left = (1 - (step - first) / (last - first)) ** 3;
        const budget = Math.trunc((layers.length * perLayer - target) * left + target);
        const kept = await allocate(layers, next, perLayer, budget);
        next[keptName]!.dispose();
        next = { ...next, [keptName]: kept };
      }
      const kept = next[keptName]!;
      const replaced = new Map<string, Record<string, Tensor>>();
      if (allocates || step > last) {
        layers.forEach(({ path, tensors }, index) => {
          const row = tf.tidy(() =>
            tf.mul(tensors.lora_E as Tensor1D, tf.squeeze(tf.slice(kept, [index, 0], [1, -1]), [0])),
          );
          replaced.set(path, { lora_E: row });
        });
      }
      const counts = await read(() => tf.sum(kept, 1));
      const ranks = Object.fromEntries(layers.map(({ path }, index) => [path, counts[index]!]));
      return { replaced, state: next, ranks };
    },
    memory(layers, config) {
      const r = initialRank(config);
      const perLayer = layers.map(({ shape }) => r * (shape.in + shape.out + 1));
      const largest = Math.max(0, ...layers.map(({ shape }) => r * Math.max(shape.in, shape.out)));
      return {
        state: 2 * perLayer.reduce((sum, size) => sum + size, 0) + layers.length * r,
        workspace: 4 * largest,
      };
    },
  };
}

/** `Ī ← β₁Ī + (1−β₁)I`, `Ū ← β₂Ū + (1−β₂)|I − Ī|` with `I = |w·∂L/∂w|`; the replaced tensors are disposed. */
function withImportance(
  state: OptimizerState,
  layers: readonly SteppedLayer[],
  { beta1, beta2 }: BudgetConfig,
): OptimizerState {
  const next: Record<string, Tensor> = { ...state };
  for (const { path, tensors, gradients } of layers) {
    for (const name of trained) {
      const sensitivityName = `${path}.${name}/sensitivity`;
      const uncertaintyName = `${path}.${name}/uncertainty`;
      const [sensitivity, uncertainty] = tf.tidy(() => {
        const now = tf.abs(tf.mul(tensors[name]!, gradients[name]!));
        const smooth = tf.tidy(() => tf.add(tf.mul(state[sensitivityName]!, beta1), tf.mul(now, 1 - beta1)));
        const deviation = tf.tidy(() => tf.mul(tf.abs(tf.sub(now, smooth)), 1 - beta2));
        return [smooth, tf.tidy(() => tf.add(tf.mul(state[uncertaintyName]!, beta2), deviation))] as const;
      });
      state[sensitivityName]!.dispose();
      state[uncertaintyName]!.dispose();
      next[sensitivityName] = sensitivity;
      next[uncertaintyName] = uncertainty;
    }
  }
  return next;
}

/** The `budget` triplets of highest score over all layers; ties at the threshold are all pruned. */
async function allocate(
  layers: readonly { path: string }[],
  state: OptimizerState,
  perLayer: number,
  budget: number,
): Promise<Tensor> {
  const score = (name: string) => tf.mul(state[`${name}/sensitivity`]!, state[`${name}/uncertainty`]!);
  const scores = await read(() =>
    tf.concat(
      layers.map(({ path }) =>
        tf.addN([score(`${path}.lora_E`), tf.mean(score(`${path}.lora_A`), 0), tf.mean(score(`${path}.lora_B`), 1)]),
      ),
    ),
  );
  const pruned = scores.length - budget;
  const threshold = pruned > 0 ? scores.slice().sort()[pruned - 1]! : Number.NEGATIVE_INFINITY;
  return tf.tensor2d(
    scores.map((score) => (score > threshold ? 1 : 0)),
    [layers.length, perLayer],
  );
}
