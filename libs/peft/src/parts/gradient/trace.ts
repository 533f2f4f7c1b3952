/** @file Momentum as a decaying sum of gradients. */
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

interface TraceConfig {
  momentum: number;
  /** The result is `G + μM`, not `M`. */
  nesterov: boolean;
}

/** `M ← μM + G`, without the factor `1 − μ` of an average (torch's SGD with dampening 0). */
export function trace({ momentum, nesterov }: TraceConfig): Transform {
  return {
    state: (info) => ({ momentum: { shape: info.shape } }),
    apply({ update, state }) {
      const sum = tf.tidy(() => tf.add(tf.mul(state.momentum!, momentum), update));
      // The next link may dispose the update it replaces, never the state: they must be two tensors on one buffer.
      const direction = nesterov ? tf.tidy(() => tf.add(update, tf.mul(sum, momentum))) : sum.clone();
      return { update: direction, state: { momentum: sum } };
    },
    workspace: (info) => (nesterov ? 3 : 2) * sizeOf(info.shape),
  };
}
