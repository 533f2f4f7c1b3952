/** @file Stateless links: learning rate and decoupled weight decay. */
import { scaledAdded } from '../../engine/formulas.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/**
 * Turns a direction of ascent into the update that is added: `−η·u`. The last link of every optimizer.
 *
 * @param ratio The learning rate is multiplied by this.
 */
export function descend(ratio = 1): Transform {
  return {
    state: () => ({}),
    apply: ({ update, learningRate }) => ({ update: tf.tidy(() => tf.mul(update, -learningRate * ratio)) }),
    workspace: (info) => sizeOf(info.shape),
  };
}

/** Adds `λ·W` to the update of parameters that decay (rank-2 tensors). Source: arXiv 1711.05101, algorithm 2. */
export function decayWeights(weightDecay: number): Transform {
  return {
    state: () => ({}),
    apply: ({ update, parameter, info }) => ({
      update: weightDecay > 0 && info.decays ? scaledAdded(update, parameter(), weightDecay) : update,
    }),
    // The sum; by operations, what is added too.
    workspace: (info, { computesFormulas }) =>
      weightDecay > 0 && info.decays ? (computesFormulas === 'atOnce' ? 1 : 2) * sizeOf(info.shape) : 0,
  };
}

/** Multiplies the update by a number that follows from the parameter's shape. */
export function scaleByShape(factor: (shape: readonly number[]) => number): Transform {
  return {
    state: () => ({}),
    apply: ({ update, info }) => ({ update: tf.tidy(() => tf.mul(update, factor(info.shape))) }),
    workspace: (info) => sizeOf(info.shape),
  };
}
