/** @file Spikes of a gradient, cut by the second moment that a transformation keeps. Source: arXiv 2501.06842. */
import { chain as inTurn } from '../../tensor/chain.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

interface SpikeConfig {
  /** θ: an entry is a spike where its square is above θ times the second moment before this step, uncorrected. */
  threshold: number;
  /** So many steps after it began nothing is cut: the second moment is still too small. */
  after: number;
}

/**
 * `sign(G)·√(θV)` in place of entries that are spikes, with the second moment `v` of the inner transformation. An entry
 * without any second moment yet is none: it would stay at zero for good.
 */
export function clipSpikes(inner: Transform, { threshold, after }: SpikeConfig): Transform {
  return {
    state(info) {
      const state = inner.state(info);
      if (state.v?.shape.join() !== info.shape.join()) {
        throw new Error(
          `Spikes are found by a second moment of each entry, 'v' [${info.shape}] of '${info.path}', and the inner transformation keeps ${Object.keys(state).join(', ') || 'nothing'}: put what shortens or encodes it outside`,
        );
      }
      return state;
    },
    async apply(input) {
      if (input.step <= after) return inner.apply(input);
      const { update: gradient, state } = input;
      const update = tf.tidy(() => {
        const limit = inTurn(tf.mul(state.v!, threshold), tf.sqrt);
        const spikes = tf.tidy(() => tf.logicalAnd(tf.greater(tf.abs(gradient), limit), tf.greater(limit, 0)));
        const cut = tf.tidy(() => tf.mul(tf.sign(gradient), limit));
        return tf.where(spikes, cut, gradient);
      });
      const result = await inner.apply({ ...input, update });
      if (result.update !== update) update.dispose();
      return result;
    },
    // The cut gradient beside what the inner transformation holds, or what makes it, conditions of a byte an entry included.
    workspace(info, engine) {
      const size = sizeOf(info.shape);
      return Math.max(3.25 * size, size + inner.workspace(info, engine));
    },
  };
}
