/** @file The tokenizer of a base model: `tokenizer.json` as Hugging Face writes it. */
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

/** A `tokenizer.json` that cannot be used; the message names the field. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}

export interface BaseTokenizer {
  /** One more than the largest id that it gives. */
  vocabularySize: number;
  /** Token ids of a text, without special tokens. */
  encode(text: string): number[];
  /** Text of tokens, without special ones. */
  decode(tokens: readonly number[]): string;
  /** Special tokens that the model was trained to see around a text, e.g. `[CLS]` and `[SEP]`; often none. */
  frame: { before: readonly number[]; after: readonly number[] };
  /** The token that ends a text, where the configuration of the model names one. */
  end?: number | undefined;
}

const byteFallback = 'tokens for the bytes of unknown letters are supported for BPE only';
const TokenizerFile = z.object({
  model: z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('BPE'), vocab: z.record(z.string(), z.int().nonnegative()) }),
    z.looseObject({ type: z.literal('WordPiece'), vocab: z.record(z.string(), z.int().nonnegative()) }),
    z.looseObject({
      type: z.literal('Unigram'),
      vocab: z.array(z.tuple([z.string(), z.number()])),
      byte_fallback: z.literal(false, byteFallback).optional(),
    }),
  ]),
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative(), content: z.string() })).optional(),
});

/**
 * Opens a tokenizer. The ids are those of Python's `tokenizers`; truncation and padding that the file asks for are not
 * applied, since a task knows its own lengths.
 *
 * @param json the content of `tokenizer.json`
 * @throws TokenizerError
 * @example openTokenizer(JSON.parse(text)).encode('Call me Ishmael.');
 */
export function openTokenizer(json: unknown): BaseTokenizer {
  const parsed = TokenizerFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new TokenizerError(`${path.join('.') || 'the file'}: ${message}`, { cause: parsed.error });
  }
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(withAllDigits(json as PreTokenized), {});
  } catch (cause) {
    throw new TokenizerError(`cannot be used: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const encode = (text: string, special: boolean) => tokenizer.encode(text, { add_special_tokens: special }).ids;
  return {
    vocabularySize: 1 + largestId(parsed.data),
    encode: (text) => encode(text, false),
    decode: (tokens) =>
      tokens.length === 0
        ? ''
        : tokenizer.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    frame: frameOf(encode),
  };
}

interface PreTokenized {
  pre_tokenizer?: PreTokenizer | null;
}
interface PreTokenizer {
  type?: string;
  individual_digits?: boolean;
  pretokenizers?: PreTokenizer[];
}

/** `Digits` cuts digits of every script in Python, and in the library those of ASCII alone; an expression cuts all in both. */
function withAllDigits(json: PreTokenized): object {
  const read = (step: PreTokenizer): PreTokenizer => {
    if (Array.isArray(step.pretokenizers)) return { ...step, pretokenizers: step.pretokenizers.map(read) };
    if (step.type !== 'Digits') return step;
    const pattern = { Regex: step.individual_digits ? '\\p{N}' : '\\p{N}+' };
    return { type: 'Split', pattern, behavior: 'Isolated', invert: false } as PreTokenizer;
  };
  return json.pre_tokenizer ? { ...json, pre_tokenizer: read(json.pre_tokenizer) } : json;
}

function largestId({ model, added_tokens: added = [] }: z.infer<typeof TokenizerFile>): number {
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
