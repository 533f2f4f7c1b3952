import type { Split } from '@rankforge/peft';
import type { LoadOptions } from '../task.js';
import { checkIndices } from './indices.js';

/** Stands between two passages of one split; part of what the model learns to predict. */
const SEPARATOR = '\n\n';

/**
 * Passages as examples for language modelling: tokens of all passages in one stream, cut into windows of
 * `sequenceLength` tokens that do not overlap; the target is the next token. Every window is full, so the mean over
 * windows is the mean over tokens. The tail that fills no window is left out.
 */
export function windows(passages: readonly string[], { encode, sequenceLength }: LoadOptions): Split {
  const stream = Int32Array.from(passages.flatMap((passage) => Array.from(encode(passage + SEPARATOR))));
  const size = Math.max(0, Math.floor((stream.length - 1) / sequenceLength));
  return {
    size,
    batch(indices) {
      checkIndices(indices, size);
      const inputs = new Int32Array(indices.length * sequenceLength);
      const targets = new Int32Array(indices.length * sequenceLength);
      indices.forEach((index, row) => {
        const start = index * sequenceLength;
        inputs.set(stream.subarray(start, start + sequenceLength), row * sequenceLength);
        targets.set(stream.subarray(start + 1, start + sequenceLength + 1), row * sequenceLength);
      });
      return {
        size: indices.length,
        sequence: sequenceLength,
        inputs,
        targets,
        lengths: new Int32Array(indices.length).fill(sequenceLength),
      };
    },
  };
}
