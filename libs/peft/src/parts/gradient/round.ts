/** @file Weights that are kept to the few values of a code, rounded by chance so that small updates are not lost. */
import { roundGroups } from '../../tensor/quantize.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

interface RoundConfig {
  bits: number;
  /** Entries that share a scale. */
  groupSize: number;
}

/**
 * Moves every entry, by what it is given and on to a value of a code of its group: of the two nearest the one below or above, so
 * that the mean is where it would have gone. To follow whatever makes the update that is added.
 * Source: arXiv 2407.08296, section 3.4.
 */
export function roundStochastically({ bits, groupSize }: RoundConfig): Transform {
  return {
    state: () => ({}),
    async apply({ update, parameter, info, random, step }) {
      const value = parameter();
      const [before, change] = [await value.data(), await update.data()];
      const next = Float32Array.from(before, (entry, at) => entry + change[at]!);
      const stream = random.fork(`round/${info.path}/${step}`);
      const rounded = roundGroups(next, { bits, group: groupSize, uniform: () => stream.uniform() });
      return {
        update: tf.tensor(
          rounded.map((entry, at) => entry - before[at]!),
          value.shape,
        ),
      };
    },
    workspace: (info) => sizeOf(info.shape),
  };
}
