/** @file The tokenizer of a base model: `tokenizer.json` as Hugging Face writes it. */
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { asInPython, isReadAnew, type PreTokenizer } from './pre-tokenizers.js';
import { TokenizerError } from './tokenizer-error.js';

export { TokenizerError };

export interface BaseTokenizer {
  /** One more than the largest id that it gives. */
  vocabularySize: number;
  /** Token ids of a text, without the special tokens around it. Names of control tokens in the text become these tokens. */
  encode(text: string): number[];
  /** Text of tokens, without special ones. */
  decode(tokens: readonly number[]): string;
  /** Special tokens that the model was trained to see around a text, e.g. `[CLS]` and `[SEP]`; often none. */
  frame: { before: readonly number[]; after: readonly number[] };
  /** Names of control tokens, e.g. `<|im_end|>`. */
  controls: readonly string[];
  /** Names of further tokens that stand for themselves in any text, control tokens of some models among them. Absent: none. */
  added?: readonly string[];
  /** Version of the ids that it gives, raised for the texts that it reads to others. Absent: as when trials were first kept. */
  numbers?: number;
  /** The token that ends a text, where the configuration of the model names one. */
  end?: number | undefined;
  /** All tokens that do, `end` among them. Absent: `end` alone. */
  ends?: readonly number[] | undefined;
}

const byteFallback = 'tokens for the bytes of unknown letters are supported for BPE only';
const subwordPrefix = 'a prefix of later parts of a word is supported for WordPiece only';
const wholeWords = 'added tokens that count as whole words only are not supported';
const TokenizerFile = z.object({
  model: z.discriminatedUnion('type', [
    z.looseObject({
      type: z.literal('BPE'),
      vocab: z.record(z.string(), z.int().nonnegative()),
      continuing_subword_prefix: z.literal('', subwordPrefix).nullish(),
    }),
    z.looseObject({ type: z.literal('WordPiece'), vocab: z.record(z.string(), z.int().nonnegative()) }),
    z.looseObject({
      type: z.literal('Unigram'),
      vocab: z.array(z.tuple([z.string(), z.number()])),
      byte_fallback: z.literal(false, byteFallback).optional(),
    }),
  ]),
  added_tokens: z
    .array(
      z.looseObject({
        id: z.int().nonnegative(),
        content: z.string(),
        special: z.boolean().optional(),
        single_word: z.literal(false, wholeWords).optional(),
      }),
    )
    .default([]),
});

/**
 * Opens a tokenizer. The ids are those of Python's `tokenizers`; truncation and padding that the file asks for are not
 * applied, since a task knows its own lengths.
 *
 * @param json the content of `tokenizer.json`
 * @param model.vocabularySize tokens that the model knows: an added token beyond them is left out, and read as any text. Gemma 3 has
 * one for images, which a model of text has no row for. Default: all
 * @throws TokenizerError
 * @example openTokenizer(JSON.parse(text)).encode('Call me Ishmael.');
 */
export function openTokenizer(
  json: unknown,
  { vocabularySize = Number.POSITIVE_INFINITY }: { vocabularySize?: number } = {},
): BaseTokenizer {
  const parsed = TokenizerFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new TokenizerError(`${path.join('.') || 'the file'}: ${message}`, { cause: parsed.error });
  }
  const { model } = parsed.data;
  const added = parsed.data.added_tokens.filter(({ id }) => id < vocabularySize);
  const { pre_tokenizer: step } = json as { pre_tokenizer?: PreTokenizer | null };
  const readAlike = { added_tokens: added, ...(step && { pre_tokenizer: asInPython(step) }) };
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer({ ...(json as object), ...readAlike }, {});
  } catch (cause) {
    throw new TokenizerError(`cannot be used: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const encode = (text: string, special: boolean) => tokenizer.encode(text, { add_special_tokens: special }).ids;
  return {
    vocabularySize: 1 + largestId(model, added),
    encode: (text) => encode(text, false),
    decode: (tokens) =>
      tokens.length === 0
        ? ''
        : tokenizer.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    frame: frameOf(encode),
    ...(step && isReadAnew(step) ? { numbers: 2 } : {}),
    controls: added.flatMap(({ content, special }) => (special && content !== '' ? [content] : [])),
    added: added.flatMap(({ content, special }) => (!special && content !== '' ? [content] : [])),
  };
}

function largestId(model: z.infer<typeof TokenizerFile>['model'], added: readonly { id: number }[]): number {
  const vocabulary = model.type === 'Unigram' ? model.vocab.map((_, id) => id) : Object.values(model.vocab);
  return [...vocabulary, ...added.map(({ id }) => id)].reduce((a, b) => Math.max(a, b), -1);
}

/** Finds the tokens that the template of the file puts before and after a text. */
function frameOf(encode: (text: string, special: boolean) => number[]): BaseTokenizer['frame'] {
  const text = encode('a', false);
  const framed = encode('a', true);
  const start = framed.findIndex((_, index) => text.every((id, offset) => framed[index + offset] === id));
  return { before: framed.slice(0, start), after: framed.slice(start + text.length) };
}
