/** @file Rows of a trained factor that are frozen one after another. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RankPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

interface FrozenRows<C> {
  /** Name of the layers' tensor, `[rank, …]`. */
  tensor: string;
  /** Share of all steps after which the last row is frozen. */
  share(config: C): number;
}

/**
 * After `t` of `T` steps the first `⌊rank·t / (share·T)⌋` rows are frozen: from then on they keep their bits. Their
 * gradients and the optimizer's state stay allocated.
 */
export function freezeRows<C extends { rank: number }>({ tensor, share }: FrozenRows<C>): RankPart<C> {
  return {
    init: () => ({}),
    async before({ layers, config, step, totalSteps, state }) {
      const time = share(config) * totalSteps;
      const masks = new Map<string, Record<string, Tensor>>();
      for (const { path, tensors } of layers) {
        const rank = tensors[tensor]!.shape[0]!;
        const frozen = Math.floor((rank * (step - 1)) / time);
        if (frozen === 0) continue;
        const rows = Array.from({ length: rank }, (_, row) => (row < frozen ? 0 : 1));
        masks.set(path, { [tensor]: tf.tensor2d(rows, [rank, 1]) });
      }
      return masks.size > 0 ? { state, masks } : { state };
    },
    memory: (layers, { rank }) => ({ state: 0, workspace: 0, masks: layers.length * rank }),
  };
}
