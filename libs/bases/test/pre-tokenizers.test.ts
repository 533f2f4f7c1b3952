/** @file Steps that cut a text before the model of a tokenizer, held to the pieces that Python's `tokenizers` cuts. */
import { readFileSync } from 'node:fs';
import { openTokenizer, TokenizerError } from '@rankforge/peft';
import { describe, expect, test } from 'vitest';

interface Vector {
  texts: string[];
  steps: { pre_tokenizer: object; pieces: string[][] }[];
}

const { texts, steps } = JSON.parse(
  readFileSync(new URL('vectors/pre-tokenizers/steps.json', import.meta.url), 'utf8'),
) as Vector;

/** A tokenizer whose tokens are these pieces, each looked up as a whole. */
function tokenizerOf(pre_tokenizer: unknown, pieces: readonly string[] = []) {
  const vocab = Object.fromEntries([...new Set(pieces)].map((piece, id) => [piece, id]));
  const model = { type: 'BPE', vocab, merges: [], ignore_merges: true };
  const rest = { normalizer: null, post_processor: null, decoder: null, added_tokens: [] };
  return { vocab, json: { model, pre_tokenizer, ...rest } };
}

function expectPieces(pre_tokenizer: object, pieces: readonly string[][]): void {
  const { vocab, json } = tokenizerOf(pre_tokenizer, pieces.flat());
  const names = new Map(Object.entries(vocab).map(([piece, id]) => [id, piece]));
  const { encode } = openTokenizer(json);
  texts.forEach((text, index) => {
    const cut = encode(text).map((id) => names.get(id));
    expect(cut, JSON.stringify(text)).toEqual(pieces[index]);
  });
}

test.each(steps.map((step) => [JSON.stringify(step.pre_tokenizer), step] as const))(
  '%s cuts as in Python',
  (_, { pre_tokenizer, pieces }) => expectPieces(pre_tokenizer, pieces),
);

test('Metaspace without a prefix as files of earlier years write it puts none before a text', () => {
  const never = steps.find((step) =>
    JSON.stringify(step.pre_tokenizer).includes('"prepend_scheme":"never","split":true'),
  )!;
  // Python's library of today refuses the field without `prepend_scheme`; before there was that, it meant this.
  expectPieces({ type: 'Metaspace', replacement: '▁', add_prefix_space: false }, never.pieces);
});

describe('a step is refused by its field', () => {
  const split = { type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated', invert: false };
  test.each<[string, object, string]>([
    ['an unknown behavior', { ...split, behavior: 'Kept' }, 'pre_tokenizer.behavior: expected Isolated or Removed or '],
    ['no pattern', { ...split, pattern: {} }, 'pre_tokenizer.pattern: expected { "Regex": … } or { "String": … }'],
    [
      'inverted delimiters that are merged',
      { ...split, behavior: 'MergedWithNext', invert: true },
      'pre_tokenizer.invert: expected false where the behavior is MergedWithNext',
    ],
    [
      'a capture that is removed',
      { type: 'Sequence', pretokenizers: [{ ...split, pattern: { Regex: '(a)b' }, behavior: 'Removed' }] },
      'pre_tokenizer.pretokenizers.0.pattern.Regex: an expression that captures is not supported',
    ],
  ])('%s', (_, step, message) => {
    expect(() => openTokenizer(tokenizerOf(step).json)).toThrow(TokenizerError);
    expect(() => openTokenizer(tokenizerOf(step).json)).toThrow(message);
  });
});
