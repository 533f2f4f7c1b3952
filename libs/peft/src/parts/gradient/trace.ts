/** @file Momentum as a decaying sum of gradients. */
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/** `M ← μM + G`, without the factor `1 − μ` of an average (torch's SGD with dampening 0). */
export function trace(momentum: number): Transform {
  return {
    state: (info) => ({ momentum: info.shape }),
    apply({ update, state }) {
      const sum = tf.tidy(() => tf.add(tf.mul(state.momentum!, momentum), update));
      // The next link may dispose the update it replaces, never the state: they must be two tensors on one buffer.
      return { update: sum.clone(), state: { momentum: sum } };
    },
    workspace: (info) => 2 * sizeOf(info.shape),
  };
}
