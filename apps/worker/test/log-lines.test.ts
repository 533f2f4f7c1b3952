import { labelledTexts } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { cutExamples, encodingLog, firstValuesLog } from '../src/trainer/log-lines.js';

/** Lines of a log whose clock goes on where it is told to. */
function listened<T>(logOf: (log: (line: string) => void, now: () => number) => T) {
  const lines: string[] = [];
  let now = 1_000_000;
  const told = logOf(
    (line) => lines.push(line),
    () => now,
  );
  const wait = (seconds: number) => {
    now += seconds * 1000;
  };
  return { lines, told, wait };
}

describe('lines about a corpus that is encoded', () => {
  it('tell how far it is once in half a minute, and nothing of a corpus that takes less', () => {
    const { lines, told, wait } = listened(encodingLog);
    const pass = (seconds: number) => {
      for (let documents = 100; documents <= 1000; documents += 100) {
        told({ documents, of: 1000 });
        wait(seconds);
      }
    };
    pass(2);
    // Steps of a training lie between two passes.
    wait(600);
    pass(3);
    expect(lines).toEqual([]);
    pass(12);
    expect(lines).toEqual([
      'encoded 400 of 1000 documents',
      'encoded 700 of 1000 documents',
      'encoded 1000 of 1000 documents',
    ]);
  });
});

it('a line about first values says how many layers have them', () => {
  const { lines, told, wait } = listened(firstValuesLog);
  for (let layers = 1; layers <= 21; layers++) {
    told({ layers, of: 21 });
    wait(3);
  }
  expect(lines).toEqual(['made the first values of 11 of 21 layers', 'made the first values of 21 of 21 layers']);
});

it('says what a length cuts of the examples that are trained on, and nothing where it cuts none', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const examples = ['short', 'as long as this'].map((text) => ({ text, label: 0 }));
  const cut = (sequenceLength: number) =>
    cutExamples(labelledTexts(examples, { encode, sequenceLength }), sequenceLength);
  expect(cut(8)).toEqual(['warning: sequenceLength 8 cuts 50 % of 2 examples; the longest has 15 tokens']);
  expect(cut(15)).toEqual([]);
});
