/** @file An update whose two outer factors are frozen: only the diagonal between them is trained. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { factored, type LowRankConfig } from './low-rank.js';

interface TrainedDiagonal<C> {
  /** Names of the tensors: `a [in, rank]`, `diagonal [rank]`, `b [rank, out]`. */
  names: { a: string; diagonal: string; b: string };
  /** The update is multiplied by this. */
  scale(config: C): number;
}

/** `y = x·W + b + s·((x·A) ⊙ d)·B` with A and B frozen and `d` trained. The diagonal is multiplied into B. */
export function trainedDiagonal<C extends LowRankConfig>({ names, scale }: TrainedDiagonal<C>): WeightPart<C> {
  return factored({
    tensors: (layer, { rank }) => ({
      [names.a]: { shape: [layer.in, rank], trained: false, scope: 'layer' },
      [names.diagonal]: { shape: [rank], trained: true, scope: 'layer' },
      [names.b]: { shape: [rank, layer.out], trained: false, scope: 'layer' },
    }),
    factors(_, { tensors, config }) {
      const diagonal = tf.mul(tensors[names.diagonal] as Tensor1D, scale(config));
      return {
        a: tensors[names.a] as Tensor2D,
        b: tf.mul(tensors[names.b] as Tensor2D, tf.expandDims(diagonal, 1)) as Tensor2D,
      };
    },
    frozenA: true,
    linear: () => true,
    multiplies: (layer, { rank }) => [
      { columns: rank, of: [names.a] },
      { columns: layer.out, of: [names.diagonal, names.b] },
    ],
    activations: (layer, { rank }) => ({ perRow: rank, fixed: rank * layer.out + 1, dropsInput: true }),
  });
}
