import { readdirSync, readFileSync } from 'node:fs';
import { openTokenizer, TokenizerError } from '@rankforge/peft';
import { describe, expect, test } from 'vitest';

interface Vector {
  tokenizer: { model: { vocab: Record<string, number> }; added_tokens: { id: number }[] };
  cases: { text: string; ids: number[]; special: number[]; cut: number[]; decoded: string }[];
}

const folder = new URL('vectors/tokenizers/', import.meta.url);
const vectors = readdirSync(folder).map((file): [string, Vector] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector,
]);

test('the kinds of tokenizer that published models have are there', () => {
  expect(vectors.map(([name]) => name)).toEqual([
    'bert-cased',
    'bert-uncased',
    'gpt2',
    'llama2',
    'llama3',
    'roberta',
    'unigram',
  ]);
});

describe.each(vectors)('%s', (_, { tokenizer, cases }) => {
  const { encode, decode, frame, vocabularySize } = openTokenizer(tokenizer);

  test.each(cases.map((one) => [one.text, one] as const))('gives the ids of Python for %j', (text, { ids }) => {
    expect(encode(text)).toEqual(ids);
  });

  test('gives the text that Python decodes tokens to', () => {
    // The library drops a byte order mark that was made of three bytes.
    const unmarked = (text: string) => text.replaceAll('\ufeff', '');
    for (const { ids, decoded } of cases) expect(unmarked(decode(ids))).toBe(unmarked(decoded));
  });

  test('puts around a text what Python puts around it', () => {
    for (const { text, special } of cases) {
      expect([...frame.before, ...encode(text), ...frame.after], text).toEqual(special);
    }
  });

  test('is cut between its special tokens, as Python cuts it', () => {
    const room = 8 - frame.before.length - frame.after.length;
    for (const { text, cut } of cases) {
      expect([...frame.before, ...encode(text).slice(0, room), ...frame.after], text).toEqual(cut);
    }
  });

  test('says how many ids a model must know', () => {
    const seen = cases.flatMap(({ special }) => special).reduce((a, b) => Math.max(a, b));
    expect(vocabularySize).toBeGreaterThan(seen);
    const { vocab } = tokenizer.model;
    const size = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
    const added = tokenizer.added_tokens.filter(({ id }) => id >= size).length;
    expect(vocabularySize).toBe(size + added);
  });
});

describe('a file that is no tokenizer is refused with its field', () => {
  const unigram = vectors.find(([name]) => name === 'unigram')![1].tokenizer;
  test.each([
    [null, /the file: /],
    [{}, /model: /],
    [{ model: { type: 'WordLevel', vocab: {} } }, /model\.type: /],
    [{ model: { type: 'BPE' } }, /model\.vocab: /],
    [{ model: { type: 'BPE', vocab: { a: -1 } } }, /model\.vocab\.a: /],
    [{ model: { type: 'BPE', vocab: { a: 0 }, merges: 3 } }, /cannot be used: /],
    [{ model: { type: 'Unigram', vocab: [['a']] } }, /model\.vocab\.0/],
    [{ ...unigram, model: { ...unigram.model, byte_fallback: true } }, /model\.byte_fallback: .* BPE only/],
    [{ ...unigram, added_tokens: [{ id: 0.5, content: 'x' }] }, /added_tokens\.0\.id: /],
    [
      { ...unigram, added_tokens: [{ id: 1, content: 'x', single_word: true }] },
      /added_tokens\.0\.single_word: .* whole words/,
    ],
    [
      { model: { type: 'BPE', vocab: { a: 0 }, merges: [], continuing_subword_prefix: '##' } },
      /model\.continuing_subword_prefix: .* WordPiece only/,
    ],
    [{ ...unigram, normalizer: { type: 'Unheard' } }, /cannot be used: .*Unheard/],
  ])('%#', (json, message) => {
    expect(() => openTokenizer(json)).toThrow(TokenizerError);
    expect(() => openTokenizer(json)).toThrow(message);
  });
});

test('an added token beyond those that the model knows is read as any text', () => {
  const { tokenizer } = vectors.find(([name]) => name === 'unigram')![1];
  const size = openTokenizer(tokenizer).vocabularySize;
  const more = { ...tokenizer, added_tokens: [...tokenizer.added_tokens, { id: size, content: '<image>' }] };
  const text = 'a<image>b';
  expect(openTokenizer(more).encode(text)).toContain(size);
  const known = openTokenizer(more, { vocabularySize: size });
  expect(known.vocabularySize).toBe(size);
  expect(known.encode(text)).toEqual(openTokenizer(tokenizer).encode(text));
});

test('a text of more tokens than a call has arguments is encoded', () => {
  const { tokenizer, cases } = vectors.find(([name]) => name === 'unigram')![1];
  const { text, ids } = cases.find((one) => one.text.startsWith('Call me'))!;
  const { encode } = openTokenizer(tokenizer);
  const times = Math.ceil(150_000 / ids.length);
  const encoded = encode(Array(times).fill(text).join(' '));
  expect(encoded).toEqual(Array(times).fill(ids).flat());
});
