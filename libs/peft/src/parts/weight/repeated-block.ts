/** @file A trained block that is repeated over the whole of an update: the weight of Bone and of its smaller form. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { factored, type LowRankConfig } from './low-rank.js';

/**
 * `ΔW[i, j] = D[i mod rank, j mod columns]`, `D [rank, columns]` trained: a low-rank update whose first factor sums
 * shards of the input.
 *
 * @param columns Columns of the block, a divisor of the outputs. Default: all outputs
 */
export function repeatedBlock<C extends LowRankConfig>(columns?: (config: C) => number): WeightPart<C> {
  return factored<C>({
    tensors: (layer, config) => ({
      miss_block: { shape: [config.rank, columns?.(config) ?? layer.out], trained: true, scope: 'layer' },
    }),
    linear: () => true,
    factors(layer, { tensors, config, products: { matMul } }) {
      const block = tensors.miss_block as Tensor2D;
      const b = columns ? matMul(block, tf.transpose(repeats(layer.out, columns(config)))) : block;
      return { a: repeats(layer.in, config.rank), b };
    },
    multiplies(layer, config) {
      const block = ['miss_block'];
      const inner = columns?.(config);
      const made =
        inner === undefined ? [] : [{ rows: config.rank, inner, columns: layer.out, left: block, right: [] }];
      return [
        { columns: config.rank, of: [] },
        { columns: layer.out, of: block, made },
      ];
    },
    activations(layer, config) {
      const made = columns ? (columns(config) + config.rank) * layer.out : 0;
      return {
        perRow: config.rank,
        fixed: config.rank * layer.in + made,
        dropsInput: true,
        // It adds up blocks of inputs and repeats nothing.
        ...(!columns && { inPeft: { perRow: config.rank, fixed: 0 } }),
      };
    },
  });
}

/** `[size, period]`: row i has its one 1 in column i mod period. */
function repeats(size: number, period: number): Tensor2D {
  const copies = tf.tile(tf.eye(period), [Math.ceil(size / period), 1]);
  return tf.slice(copies, [0, 0], [size, period]) as Tensor2D;
}
