import { describe, expect, test } from 'vitest';
import { questions, writingOf } from '../src/data/questions.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens));

const [a, b, c, d, x, y, z, line] = [...encode('abcdxyz\n')];
const examples = [
  { prompt: 'ab', answers: ['x', 'y'] },
  { prompt: 'abcd', answers: [' xy  z '] },
];
const options = { encode, decode, sequenceLength: 6 };
const frame = { before: [1], after: [] };

describe('a question with its answers', () => {
  test('learns the first answer and its end, and keeps all that are right', () => {
    const split = questions(examples, options, writingOf(options, 3));
    const batch = split.batch([0, 1]);
    expect([...batch.inputs]).toEqual([a, b, x, 0, 0, 0, a, b, c, d, 32, x]);
    expect([...batch.targets]).toEqual([-1, x, line, -1, -1, -1, -1, -1, -1, 32, x, y]);
    expect([...batch.lengths]).toEqual([3, 6]);
    expect([...split.questions!.prompt(1)]).toEqual([a, b, c, d]);
    expect([0, 1].map(split.questions!.right)).toEqual([['x', 'y'], [' xy  z ']]);
  });

  test('cuts the prompt to leave room for the longest answer, in training as in writing, behind the first token of the model', () => {
    const framed = { ...options, frame, end: 7 };
    const writing = writingOf(framed, 4);
    expect(writing).toMatchObject({ tokens: 4, end: 7 });
    const split = questions(examples, framed, writing);
    expect([...split.questions!.prompt(1)]).toEqual([1, c, d]);
    const { inputs, targets } = split.batch([0, 1]);
    expect([...inputs]).toEqual([1, a, b, x, 0, 0, 1, c, d, 32, x, y]);
    expect([...targets]).toEqual([-1, -1, x, 7, -1, -1, -1, -1, 32, x, y, 32]);
    expect(writing.decode([x!, y!])).toBe('xy');
  });

  test('learns one blank before an answer, and none behind a prompt that ends with white space', () => {
    const spaced = ['ab', 'ab\n'].map((prompt) => ({ prompt, answers: ['  x  z '] }));
    const { targets } = questions(spaced, { ...options, end: 7 }, writingOf({ ...options, end: 7 }, 4)).batch([0, 1]);
    expect([...targets.subarray(0, 6)]).toEqual([-1, 32, x, 32, z, -1]);
    expect([...targets.subarray(6)]).toEqual([-1, -1, x, 32, z, 7]);
  });

  test('refuses a sequence without room for a prompt, and a tokenizer without an end of lines', () => {
    expect(() => writingOf({ ...options, frame }, 6)).toThrow(
      'sequenceLength 6 leaves no room for a prompt beside answers of 6 tokens; raise it',
    );
    const blind = (text: string) => encode(text.trim());
    expect(() => writingOf({ ...options, encode: blind }, 3)).toThrow(/none that ends a line/);
    expect(writingOf({ ...options, encode: blind, end: 9 }, 3).end).toBe(9);
  });
});
