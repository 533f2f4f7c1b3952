import { describe, expect, test } from 'vitest';
import { labelledTexts, numberedTexts } from '../src/data/labelled.js';

const encode = (text: string) => new TextEncoder().encode(text);

const examples = [
  { text: 'abc', label: 1, number: 3 },
  { text: 'defghij', label: 0, number: 5 },
  { text: '', label: 1, number: 7 },
];
const frame = { before: [1], after: [2, 3] };
const [a, b, c, d, e] = [...encode('abcde')];

describe('a text', () => {
  test('is cut and padded to its length', () => {
    const batch = labelledTexts(examples, { encode, sequenceLength: 4 }).batch([0, 1, 2]);
    const [f, g] = [...encode('fg')];
    expect([...batch.inputs]).toEqual([a, b, c, 0, d, e, f, g, 0, 0, 0, 0]);
    expect([...batch.lengths]).toEqual([3, 4, 0]);
    expect([...batch.targets]).toEqual([1, 0, 1]);
  });

  test('is cut between the special tokens of the model, which stay', () => {
    const batch = labelledTexts(examples, { encode, frame, sequenceLength: 5 }).batch([1, 0, 2]);
    expect([...batch.inputs]).toEqual([1, d, e, 2, 3, 1, a, b, 2, 3, 1, 2, 3, 0, 0]);
    expect([...batch.lengths]).toEqual([5, 5, 3]);
  });

  test('has the same tokens with a number as with a class', () => {
    const options = { encode, frame, sequenceLength: 5 };
    const batch = numberedTexts(examples, { mean: 5, deviation: 2 }, options).batch([1, 0, 2]);
    expect(batch.inputs).toEqual(labelledTexts(examples, options).batch([1, 0, 2]).inputs);
    expect([...(batch.values ?? [])]).toEqual([0, -1, 1]);
  });

  test('is refused where it does not fit beside the special tokens', () => {
    expect(() => labelledTexts(examples, { encode, frame, sequenceLength: 3 })).toThrow(
      "sequenceLength 3 leaves no room beside the model's 3 special tokens; raise it",
    );
  });
});
