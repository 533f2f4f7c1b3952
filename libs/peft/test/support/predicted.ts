import type { Method } from '../../src/method.js';
import type { LoadedBase } from '../../src/models/base.js';
import type { Split } from '../../src/objectives/data.js';
import { tf } from '../../src/tensor/tf.js';
import { restore } from '../../src/training/evaluate.js';
import { objectiveOf } from '../../src/training/loss.js';

/** The split with what a model says in place of what is right. */
export function predictedBy(
  { base, method, adapter }: { base: LoadedBase; method: Method; adapter: Uint8Array },
  split: Split,
): Split {
  return {
    ...split,
    batch(indices) {
      const batch = split.batch(indices);
      const trial = restore(base, method, adapter);
      const { logits } = objectiveOf('language-modelling');
      const said = tf.tidy(() =>
        tf.argMax(logits(base.config, batch, trial.access(), Number.POSITIVE_INFINITY), 1).dataSync(),
      );
      trial.dispose();
      return { ...batch, targets: Int32Array.from(said) };
    },
  };
}
