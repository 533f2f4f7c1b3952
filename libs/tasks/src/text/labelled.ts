import type { Split } from '@rankforge/peft';
import type { LoadOptions } from '../task.js';
import { checkIndices } from './indices.js';

export interface LabelledText {
  text: string;
  /** Class id. */
  label: number;
}

/**
 * Labelled texts as examples for classification: the first `sequenceLength` tokens, padded with token 0 at the end.
 * A text is encoded when it is first asked for.
 */
export function labelledTexts(examples: readonly LabelledText[], { encode, sequenceLength }: LoadOptions): Split {
  const encoded: Int32Array[] = [];
  const tokens = (index: number) => {
    encoded[index] ??= Int32Array.from(encode(examples[index]!.text)).subarray(0, sequenceLength);
    return encoded[index];
  };
  return {
    size: examples.length,
    batch(indices) {
      checkIndices(indices, examples.length);
      const inputs = new Int32Array(indices.length * sequenceLength);
      indices.forEach((index, row) => {
        inputs.set(tokens(index), row * sequenceLength);
      });
      return {
        size: indices.length,
        sequence: sequenceLength,
        inputs,
        targets: Int32Array.from(indices, (index) => examples[index]!.label),
        lengths: Int32Array.from(indices, (index) => tokens(index).length),
      };
    },
  };
}
