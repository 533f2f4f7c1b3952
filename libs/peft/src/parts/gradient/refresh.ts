/** @file When a subspace moves. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { OptimizerState } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import type { StateTensor } from './transform.js';

export interface Refresh {
  state: Record<string, StateTensor>;
  /** @param step 1-based; a subspace is always due at the first */
  isDue(step: number, state: OptimizerState): Promise<boolean> | boolean;
  /** Takes note of a move; returns the state tensors that changed. */
  moved(input: {
    from: Tensor2D;
    to: Tensor2D;
    state: OptimizerState;
    step: number;
  }): Promise<Record<string, Tensor>> | Record<string, Tensor>;
}

/** At steps 1, 1 + gap, 1 + 2·gap … */
export function every(gap: number): Refresh {
  return { state: {}, isDue: (step) => (step - 1) % gap === 0, moved: () => ({}) };
}

interface LazyConfig {
  gap: number;
  /** Smallest mean similarity of the moves that count as none. */
  threshold: number;
  /** So many moves are looked at. */
  window: number;
  /** The gap grows by this. */
  factor: number;
}

/**
 * Works as `every`, but the gap of a tensor grows whenever its first basis vector has hardly turned: when |cos| of the angle
 * between the old and the new one is in the mean of the last moves at least the threshold.
 * Source: arXiv 2407.08296, section 3.2. A singular vector has no sign, so that it is |cos| and not cos.
 */
export function lazily({ gap, threshold, window, factor }: LazyConfig): Refresh {
  // How often the gap grew, how many similarities there are, and they, the latest last.
  const read = async (state: OptimizerState) => {
    const [grown, count, ...similarities] = await state.moves!.data();
    return { grown: grown!, similarities: similarities.slice(window - count!) };
  };
  return {
    state: { moves: { shape: [2 + window], type: 'float32' } },
    isDue: async (step, state) => (step - 1) % Math.floor(gap * factor ** (await read(state)).grown) === 0,
    async moved({ from, to, state, step }): Promise<Record<string, Tensor>> {
      if (step === 1) return {};
      const { grown, similarities } = await read(state);
      const latest = [...similarities, Math.abs(await cosine(from, to))].slice(-window);
      const mean = latest.reduce((sum, similarity) => sum + similarity, 0) / window;
      const grows = latest.length === window && mean >= threshold;
      const padding = Array.from({ length: window - latest.length }, () => 0);
      return { moves: tf.tensor1d([grown + (grows ? 1 : 0), latest.length, ...padding, ...latest]) };
    },
  };
}

/** Cosine of the angle between the first columns. */
async function cosine(left: Tensor2D, right: Tensor2D): Promise<number> {
  const [a, b] = [await firstColumn(left), await firstColumn(right)];
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

async function firstColumn(matrix: Tensor2D): Promise<number[]> {
  const values = await matrix.data();
  return Array.from({ length: matrix.shape[0] }, (_, row) => values[row * matrix.shape[1]]!);
}
