/** @file A prompt and what follows on it as tokens of one text. */
import { type Text, type TextOptions, tokensOf } from './text.js';

export interface PromptAndCompletion {
  prompt: Text;
  completion: Text;
}

/** Counts the tokens that two texts begin with alike. */
export function sharedStart<Token>(a: ArrayLike<Token>, b: ArrayLike<Token>): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

type Encoding = Pick<TextOptions, 'encode' | 'frame'>;

/** The tokens of a prompt by itself, without the special ones before every text, which it may name itself. */
export const encodedPrompt = (prompt: Text, options: Encoding): number[] => {
  const tokens = Array.from(tokensOf(prompt, options));
  return tokens.slice(namedBefore(tokens, options));
};

/**
 * The tokens of a prompt, and those behind it. Both are encoded as one text, in which a tokenizer may join letters of both or put no mark of
 * a new word between them: the completion begins behind the tokens that the prompt has without it, too. Special tokens before every text are
 * left out where the prompt names them itself, so that they are not there twice. Texts that are given as tokens, and those that leave nothing
 * of either in the text of both, are put one behind the other.
 */
export function encodedTogether({ prompt, completion }: PromptAndCompletion, options: Encoding) {
  if (typeof prompt === 'string' && typeof completion === 'string') {
    const whole = Array.from(options.encode(prompt + completion));
    const begun = namedBefore(whole, options);
    const shared = sharedStart(options.encode(prompt), whole);
    if (shared > begun && shared < whole.length)
      return { prompt: whole.slice(begun, shared), completion: whole.slice(shared) };
  }
  return { prompt: encodedPrompt(prompt, options), completion: Array.from(tokensOf(completion, options)) };
}

/** Counts the special tokens before every text where a text has named them. */
function namedBefore(tokens: readonly number[], { frame }: Encoding): number {
  const before = frame?.before ?? [];
  return sharedStart(before, tokens) === before.length ? before.length : 0;
}
