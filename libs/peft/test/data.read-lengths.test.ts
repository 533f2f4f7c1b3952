import { describe, expect, test } from 'vitest';
import { completions } from '../src/data/completions.js';
import { gradedTexts } from '../src/data/graded.js';
import { labelledTexts } from '../src/data/labelled.js';
import { questions, writingOf } from '../src/data/questions.js';
import { lengthsOf, readLengths, usualLength } from '../src/data/read-lengths.js';
import { corpusOf, searchedTexts } from '../src/data/searched.js';
import { subsetOf } from '../src/data/subset.js';
import { windows } from '../src/data/windows.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = () => '';
const frame = { before: [1], after: [2] };
const of = (letters: number) => 'x'.repeat(letters);

describe('lengths of examples', () => {
  test('of a completion count what is learned, its end too, and what is cut of it', () => {
    // Six tokens are read and a seventh is predicted: one of the beginning, one of the prompt, five of the completion.
    const split = completions(
      [
        { prompt: of(3), completion: of(8) },
        { prompt: of(2), completion: of(1) },
      ],
      { encode, frame, end: 9, sequenceLength: 6 },
    );
    expect(lengthsOf(split)).toEqual([
      { whole: 12, cut: 6, learned: 9, unlearned: 4 },
      { whole: 4, cut: 0, learned: 2, unlearned: 0 },
    ]);
    expect(lengthsOf(subsetOf(split, [1]))).toEqual([{ whole: 4, cut: 0, learned: 2, unlearned: 0 }]);
    expect(readLengths(lengthsOf(split)!)).toEqual({ sampled: 2, cut: 0.5, learnedCut: 4 / 11, longest: 12 });
  });

  test('of a question leave room for the longest answer', () => {
    const options = { encode, decode, frame, end: 9, sequenceLength: 8 };
    const split = questions(
      [
        { prompt: of(6), answers: ['a'] },
        { prompt: of(4), answers: ['a'] },
      ],
      options,
      writingOf(options, 4),
    );
    // One of the beginning and four of the prompt stand before an answer of four, the last of which is only predicted.
    expect(lengthsOf(split)).toEqual([
      { whole: 10, cut: 2, learned: 2, unlearned: 0 },
      { whole: 8, cut: 0, learned: 2, unlearned: 0 },
    ]);
  });

  test('of a text count its special tokens, and nothing of it is learned', () => {
    const split = labelledTexts([{ text: of(6), label: 0 }], { encode, frame, sequenceLength: 5 });
    expect(lengthsOf(split)).toEqual([{ whole: 8, cut: 3, learned: 0, unlearned: 0 }]);
    expect(readLengths(lengthsOf(split)!)).toEqual({ sampled: 1, cut: 1, learnedCut: null, longest: 8 });
  });

  test('of a query are those of its rows', () => {
    const rows = [
      { text: of(3), grade: 1 },
      { text: of(9), grade: 0 },
    ];
    const options = { encode, frame, sequenceLength: 8 };
    const wholes = (lengths: ReturnType<typeof lengthsOf>) => lengths!.map(({ whole, cut }) => [whole, cut]);
    expect(wholes(lengthsOf(gradedTexts([{ query: 'ab', rows }], options)))).toEqual([
      [8, 0],
      [14, 6],
    ]);
    const queries = [{ query: 'ab', rows }];
    expect(wholes(lengthsOf(searchedTexts(queries, corpusOf(queries, [], options), options)))).toEqual([
      [4, 0],
      [5, 0],
      [11, 3],
    ]);
  });

  test('stay absent where texts are cut into windows that lose nothing', () => {
    expect(lengthsOf(windows([of(40)], { encode, sequenceLength: 4 }))).toBeUndefined();
  });

  test('of a large split are those of 500 examples spread over it', () => {
    const long = Array.from({ length: 2000 }, (_, at) => ({ text: of(at < 1000 ? 2 : 20), label: 0 }));
    const lengths = lengthsOf(labelledTexts(long, { encode, sequenceLength: 10 }))!;
    expect(readLengths(lengths)).toEqual({ sampled: 500, cut: 0.5, learnedCut: null, longest: 20 });
  });
});

test('the usual length reads 95 % of the examples whole', () => {
  const lengths = Array.from({ length: 40 }, (_, at) => ({ whole: at + 1, cut: 0, learned: 0, unlearned: 0 }));
  expect(usualLength(lengths)).toBe(38);
  expect(usualLength(lengths.slice(0, 1))).toBe(1);
  expect(usualLength([])).toBe(0);
});
