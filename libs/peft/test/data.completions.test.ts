import { describe, expect, test } from 'vitest';
import { completions } from '../src/data/completions.js';

const encode = (text: string) => new TextEncoder().encode(text);

const [a, b, c, d, x, y, z] = [...encode('abcdxyz')];
const examples = [
  { prompt: 'ab', completion: 'xy' },
  { prompt: 'abcd', completion: 'xyz' },
];
const frame = { before: [1], after: [] };

describe('a prompt with its completion', () => {
  test('counts the tokens of the completion alone', () => {
    const batch = completions(examples, { encode, sequenceLength: 6 }).batch([0, 1]);
    expect([...batch.inputs]).toEqual([a, b, x, 0, 0, 0, a, b, c, d, x, y]);
    expect([...batch.targets]).toEqual([-1, x, y, -1, -1, -1, -1, -1, -1, x, y, z]);
    expect([...batch.lengths]).toEqual([3, 6]);
  });

  test('stands behind the first token of the model, which stays where the prompt is cut', () => {
    const batch = completions(examples, { encode, frame, sequenceLength: 5 }).batch([0, 1]);
    expect([...batch.inputs]).toEqual([1, a, b, x, 0, 1, c, d, x, y]);
    expect([...batch.targets]).toEqual([-1, -1, x, y, -1, -1, -1, x, y, z]);
    expect([...batch.lengths]).toEqual([4, 5]);
  });

  test('ends with the token by which texts of the model end, once and where there is room', () => {
    const end = 2;
    const batch = completions([...examples, { prompt: 'ab', completion: Int32Array.of(x!, end) }], {
      ...{ encode, frame, end, sequenceLength: 6 },
    }).batch([0, 1, 2]);
    expect([...batch.inputs]).toEqual([1, a, b, x, y, 0, 1, c, d, x, y, z, 1, a, b, x, 0, 0]);
    expect([...batch.targets]).toEqual([-1, -1, x, y, end, -1, -1, -1, x, y, z, end, -1, -1, x, end, -1, -1]);
    const short = completions(examples, { encode, frame, end, sequenceLength: 3 }).batch([1]);
    expect([...short.targets]).toEqual([-1, x, y]);
    // A completion that ends by another of the model's ends, as a rendered chat does, has an end.
    const other = completions([{ prompt: 'ab', completion: 'xz' }], {
      encode,
      end,
      ends: [end, z!],
      sequenceLength: 4,
    });
    expect([...other.batch([0]).targets]).toEqual([-1, x, z, -1]);
    const empty = completions([{ prompt: 'ab', completion: '' }], { encode, end, sequenceLength: 6 });
    expect(() => empty.batch([0])).toThrow('Example 0 has a completion without a token');
  });

  test.each([
    [{ prompt: 'ab', completion: '' }, 'Example 1 has a completion without a token'],
    [{ prompt: '', completion: 'xy' }, 'Example 1 has a prompt without a token'],
  ])('refuses %j by its place', (empty, message) => {
    const { batch } = completions([examples[0]!, empty], { encode, sequenceLength: 6 });
    expect(() => batch([0, 1])).toThrow(message);
  });

  test('learns a completion alone behind the first token of the model', () => {
    const { batch } = completions([{ prompt: '', completion: 'xy' }], { encode, frame, sequenceLength: 3 });
    expect([...batch([0]).targets]).toEqual([x, y, -1]);
  });

  test('loses the end of the completion where one token of the prompt is left', () => {
    const batch = completions(examples, { encode, frame, sequenceLength: 3 }).batch([1]);
    expect([...batch.inputs]).toEqual([1, d, x]);
    expect([...batch.targets]).toEqual([-1, x, y]);
  });
});
