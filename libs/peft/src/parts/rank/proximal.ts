/** @file Sparse gates: each step ends with the proximal operator of an L1 norm on them. */
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { RankPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { read } from './read.js';

interface ProximalGate<C> {
  /** Name of the layers' gates, `[rank]` each. */
  gate: string;
  /** κ of a step (1-based). At 0 no gate is touched. */
  threshold(config: C, step: number, totalSteps: number): number;
}

/**
 * `g ← sign(g)·max(|g| − κ, 0)` after the optimizer's update. A gate that is 0 stays trained and may come back; the rank
 * of a layer is the number of its gates that are not 0.
 */
export function proximalGate<C>({ gate, threshold }: ProximalGate<C>): RankPart<C> {
  return {
    init: () => ({}),
    async after({ layers, config, step, totalSteps, state }) {
      const kappa = threshold(config, step, totalSteps);
      const gates = new Map(layers.map(({ path, tensors }) => [path, tensors[gate] as Tensor1D]));
      const replaced = new Map(
        kappa > 0 ? [...gates].map(([path, gates]) => [path, { [gate]: softThreshold(gates, kappa) }]) : [],
      );
      const open = await read(() =>
        tf.stack([...gates].map(([path, gates]) => tf.sum(tf.abs(tf.sign(replaced.get(path)?.[gate] ?? gates))))),
      );
      const ranks = Object.fromEntries(layers.map(({ path }, index) => [path, open[index]!]));
      return { state, replaced, ranks };
    },
    // Gates are small beside whatever else an update holds.
    memory: () => ({ state: 0, workspace: 0 }),
  };
}

/**
 * The value of step `done + 1` of `steps` where it rises from `first` to `last` in `stages` of equal length.
 *
 * @example
 * [0, 1, 2, 3].map((done) => inStages({ first: 0, last: 0.3, stages: 2 }, done, 4)); // [0, 0, 0.3, 0.3]
 */
export function inStages(
  { first, last, stages }: { first: number; last: number; stages: number },
  done: number,
  steps: number,
): number {
  const stage = Math.trunc((done * stages) / steps);
  return first + ((last - first) * stage) / (stages - 1);
}

function softThreshold(gates: Tensor1D, kappa: number): Tensor {
  return tf.tidy(() => tf.sub(tf.relu(tf.sub(gates, kappa)), tf.relu(tf.sub(tf.neg(gates), kappa))));
}
