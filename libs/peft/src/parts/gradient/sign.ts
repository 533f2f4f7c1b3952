/** @file Directions that keep the sign of a gradient alone. */
import { chain as inTurn } from '../../tensor/chain.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/** `sign(G)`, 0 where G is 0. Source: arXiv 1802.04434, algorithm 1. */
export function scaleBySign(): Transform {
  return {
    state: () => ({}),
    apply: ({ update }) => ({ update: tf.sign(update) }),
    workspace: (info) => sizeOf(info.shape),
  };
}

interface LionConfig {
  beta1: number;
  beta2: number;
}

/** `sign(β₁M + (1−β₁)G)`, then `M ← β₂M + (1−β₂)G`. Source: arXiv 2302.06675, program 1. */
export function scaleByLion({ beta1, beta2 }: LionConfig): Transform {
  const towards = (momentum: Parameters<typeof tf.mul>[0], gradient: Parameters<typeof tf.mul>[0], beta: number) =>
    tf.tidy(() => tf.add(tf.mul(momentum, beta), tf.mul(gradient, 1 - beta)));
  return {
    state: ({ shape }) => ({ momentum: { shape } }),
    apply({ update, state }) {
      const direction = inTurn(towards(state.momentum!, update, beta1), tf.sign);
      return { update: direction, state: { momentum: towards(state.momentum!, update, beta2) } };
    },
    // The direction, and the three tensors alive while the momentum is formed.
    workspace: (info) => 4 * sizeOf(info.shape),
  };
}
