import type { Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';
import { type Text, type TextOptions, tokensOf } from './text.js';

/** Stands between two passages of one split; part of what the model learns to predict. */
const SEPARATOR = '\n\n';

/**
 * Passages as examples for language modelling: tokens of all passages in one stream, cut into windows of
 * `sequenceLength` tokens that do not overlap; the target is the next token. Every window is full, so the mean over
 * windows is the mean over tokens. The tail that fills no window is left out. Nothing is put between passages that are given as
 * token ids.
 */
export function windows(passages: readonly Text[], { encode, sequenceLength }: TextOptions): Split {
  const spaced = (passage: Text) => (typeof passage === 'string' ? passage + SEPARATOR : passage);
  const stream = Int32Array.from(passages.flatMap((passage) => Array.from(tokensOf(spaced(passage), { encode }))));
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
