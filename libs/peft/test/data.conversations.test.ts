import { describe, expect, it } from 'vitest';
import type { LaidOut, Span } from '../src/data/chat.js';
import { conversationTokens } from '../src/data/conversations.js';
import { sharedStart } from '../src/data/together.js';

/** A tokenizer of words with the blank before them and of ends of lines with the dot before them, which counts what it reads. */
function countingTokenizer(mark = '') {
  const ids = new Map<string, number>();
  const read = { letters: 0 };
  const encode = (text: string) => {
    read.letters += text.length;
    const words = (mark + text).match(/<\w+>|\.?\n+|[ _]?\w+|./g) ?? [];
    return words.map((word) => ids.get(word) ?? ids.set(word, ids.size).get(word)!);
  };
  return { encode, read };
}

/** A conversation of so many turns, each of them learned from its first word to what ends it. */
function laidOut(turns: number, ends: string): LaidOut {
  const learned: Span[] = [];
  let text = '';
  for (let turn = 0; turn < turns; turn++) {
    text += `User: and ${turn}.\n\nAssistant:`;
    const start = text.length;
    text += ` it is ${turn + 1}${ends}`;
    learned.push([start, text.length]);
    text += '\n\n';
  }
  return { text, learned };
}

/** By the tokens of all that stands before each end of a part. */
function bySlices({ text, learned: spans }: LaidOut, encode: (text: string) => number[]): number[] {
  const tokens = encode(text);
  const learned = tokens.map(() => 0);
  for (const [start, end] of spans) {
    const before = encode(text.slice(0, end));
    const shared = sharedStart(before, tokens);
    learned.fill(1, sharedStart(encode(text.slice(0, start)), tokens), shared < before.length ? shared + 1 : shared);
  }
  return learned;
}

describe('learned tokens of a conversation', () => {
  it.each([
    ['ends with a token of its own', '<end>', ''],
    ['ends within a token', '.', ''],
    ['ends with a token of its own, where a text begins with a mark', '<end>', '_'],
    ['ends within a token, where a text begins with a mark', '.', '_'],
  ])('are those of all that stands before each turn, which %s', (_, ends, mark) => {
    const { encode } = countingTokenizer(mark);
    const whole = laidOut(30, ends);
    const { learned } = conversationTokens(whole, { encode });
    expect([...learned]).toEqual(bySlices(whole, encode));
    expect(learned.reduce((sum, counts) => sum + counts, 0)).toBe(30 * 4);
  });

  it.each([['<end>'], ['.']])(
    'are found in a few readings of the text, however many turns it has, each with %s',
    (ends) => {
      const { encode, read } = countingTokenizer();
      const whole = laidOut(2000, ends);
      conversationTokens(whole, { encode });
      expect(read.letters).toBeLessThan(4 * whole.text.length);
    },
  );
});
