import { expect, test } from 'vitest';
import { cutNotice, warnsOfCut } from '../src/index.js';

test.each([
  [
    { sequenceLength: 64, sampled: 500, cut: 0.384, learnedCut: 0.61, longest: 912 },
    'sequenceLength 64 cuts 38 % of 500 examples and 61 % of the tokens to be learned; the longest has 912 tokens',
    true,
  ],
  [
    { sequenceLength: 192, fromData: true as const, sampled: 500, cut: 0.05, learnedCut: 0.0004, longest: 300 },
    'sequenceLength 192, which follows from the data, cuts 5 % of 500 examples and less than 0.1 % of the tokens to be learned; the longest has 300 tokens',
    false,
  ],
  [
    { sequenceLength: 64, sampled: 80, cut: 0, learnedCut: 0, longest: 40 },
    'sequenceLength 64 cuts none of 80 examples; the longest has 40 tokens',
    false,
  ],
  [
    { sequenceLength: 64, sampled: 80, cut: 0.0125, learnedCut: null, longest: 70 },
    'sequenceLength 64 cuts 1 % of 80 examples; the longest has 70 tokens',
    false,
  ],
])('%o is said in words', (lengths, text, warns) => {
  expect(cutNotice(lengths)).toBe(text);
  expect(warnsOfCut(lengths)).toBe(warns);
});
