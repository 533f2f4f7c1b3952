/** @file Momentum as a decaying average of gradients. */
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/** `M ← μM + (1−μ)G`, then Nesterov's look ahead `(1−μ)G + μM`. */
export function nesterovAverage(momentum: number): Transform {
  return {
    state: ({ shape }) => ({ momentum: { shape } }),
    apply({ update, state }) {
      const average = tf.tidy(() => tf.add(tf.mul(state.momentum!, momentum), tf.mul(update, 1 - momentum)));
      const ahead = tf.tidy(() => tf.add(tf.mul(average, momentum), tf.mul(update, 1 - momentum)));
      return { update: ahead, state: { momentum: average } };
    },
    workspace: (info) => 4 * sizeOf(info.shape),
  };
}
