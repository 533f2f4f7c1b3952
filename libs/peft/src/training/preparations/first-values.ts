import { writtenApart } from '../../models/apart.js';
import { initializeByLayer } from '../inject.js';
import type { Preparation } from './preparation.js';

/** The plan of the trial and the first values of its tensors, on the host. Others run between the layers of an init that takes long. */
export const firstValues: Preparation = {
  async prepare({ method, config, options, head, turn, signal, emit }, ground, { stored, first: { random } }) {
    const { targets } = options;
    const trial = { base: ground.model, method, config, targets, ...writtenApart(options), random, ...head };
    const making = initializeByLayer({ ...trial, stored, calibration: ground.layers });
    for (;;) {
      const { done, value } = making.next();
      if (done) return { ...ground, initialized: value };
      await emit({ type: 'first-values', step: 0, ...value });
      await turn.pass();
      if (signal?.aborted) return { ...ground, stopped: true };
    }
  },
};
