import type { Batch, Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';
import { type Text, type TextOptions, tokensOf } from './text.js';

export interface LabelledText {
  text: Text;
  /** Class id. */
  label: number;
}

export interface NumberedText {
  text: Text;
  /** To predict. */
  number: number;
}

/**
 * Labelled texts as examples for classification: a text's first tokens between the model's special tokens, at most
 * `sequenceLength` together, padded with token 0 at the end. A text is encoded when it is first asked for.
 *
 * @throws RangeError when the special tokens leave no room
 */
export function labelledTexts(examples: readonly LabelledText[], options: TextOptions): Split {
  return encodedTexts(examples, options, (indices) => ({
    targets: Int32Array.from(indices, (index) => examples[index]!.label),
  }));
}

/** Texts with a number as examples for regression; otherwise as `labelledTexts`. `unit`: see `TaskData.unit`. */
export function numberedTexts(
  examples: readonly NumberedText[],
  { mean, deviation }: { mean: number; deviation: number },
  options: TextOptions,
): Split {
  return encodedTexts(examples, options, (indices) => ({
    targets: new Int32Array(0),
    values: Float32Array.from(indices, (index) => (examples[index]!.number - mean) / deviation),
  }));
}

/** Texts with answers, otherwise as `labelledTexts`. */
export function encodedTexts(
  examples: readonly { text: Text }[],
  { encode, frame = { before: [], after: [] }, sequenceLength }: TextOptions,
  answers: (indices: readonly number[]) => Pick<Batch, 'targets' | 'values'>,
): Split {
  const { before, after } = frame;
  const room = sequenceLength - before.length - after.length;
  if (room < 1) {
    throw new RangeError(
      `sequenceLength ${sequenceLength} leaves no room beside the model's ${before.length + after.length} special tokens; raise it`,
    );
  }
  const encoded: { tokens: Int32Array; cut: number }[] = [];
  const at = (index: number) => {
    encoded[index] ??= cutTo(room, Int32Array.from(tokensOf(examples[index]!.text, { encode })));
    return encoded[index];
  };
  const tokens = (index: number) => at(index).tokens;
  const cutTo = (most: number, text: Int32Array) => ({
    tokens: framed(text.subarray(0, most)),
    cut: Math.max(0, text.length - most),
  });
  const framed = (text: Int32Array) => Int32Array.of(...before, ...text, ...after);
  return {
    size: examples.length,
    answers,
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
        lengths: Int32Array.from(indices, (index) => tokens(index).length),
        ...answers(indices),
      };
    },
    lengths(index) {
      const { tokens, cut } = at(index);
      return [{ whole: tokens.length + cut, cut, learned: 0, unlearned: 0 }];
    },
  };
}
