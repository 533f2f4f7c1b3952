/** @file A transformation that forgets, on a clock. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { sizesOf, type Transform, zero } from './transform.js';

/**
 * Begins the inner transformation anew at steps 1, 1 + gap, 1 + 2·gap …: its state is zero, and it counts its steps, and
 * with them its bias corrections, from 1.
 *
 * @param warmUp after a reset, not at the start, updates grow over so many steps from a hundredth, as half a cosine.
 *   Source: arXiv 2501.06842. Default: none.
 */
export function resetEvery(gap: number, inner: Transform, warmUp = 0): Transform {
  const begunAnew = begun(gap, inner);
  const factorAt = (step: number) => {
    const since = (step - 1) % gap;
    return step <= gap || since >= warmUp ? 1 : 1 - 0.99 * 0.5 * (1 + Math.cos((Math.PI * since) / warmUp));
  };
  return {
    ...begunAnew,
    async apply(input) {
      const result = await begunAnew.apply(input);
      const factor = factorAt(input.step);
      if (factor === 1) return result;
      const update = tf.tidy(() => tf.mul(result.update, factor));
      result.update.dispose();
      return { ...result, update };
    },
  };
}

function begun(gap: number, inner: Transform): Transform {
  return {
    state: (info) => inner.state(info),
    async apply(input) {
      const since = (input.step - 1) % gap;
      if (since > 0 || input.step === 1) return inner.apply({ ...input, step: since + 1 });
      const fresh: Record<string, Tensor> = Object.fromEntries(
        Object.entries(inner.state(input.info)).map(([name, tensor]) => [name, zero(tensor)]),
      );
      const result = await inner.apply({ ...input, step: 1, state: { ...input.state, ...fresh } });
      // A state tensor that the inner transformation keeps as it was is the fresh one.
      const state = { ...fresh, ...result.state };
      for (const [name, tensor] of Object.entries(fresh)) if (state[name] !== tensor) tensor.dispose();
      return { ...result, state };
    },
    workspace: (info, engine) => inner.workspace(info, engine) + sizesOf(inner.state(info)),
  };
}
