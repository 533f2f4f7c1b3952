/** @file Texts as a model reads them. */
import type { ChatLayout } from './chat.js';

/** A text, or its token ids without special tokens. */
export type Text = string | ArrayLike<number>;

export interface TextOptions {
  /** Token ids of a text, without special tokens. */
  encode(text: string): ArrayLike<number>;
  /** Special tokens that the model was trained to see around a text that it reads as a whole; default: none. */
  frame?: { before: readonly number[]; after: readonly number[] };
  /** The text of tokens, where answers are written. */
  decode?(tokens: readonly number[]): string;
  /** The token that the model was trained to end texts with; default: none. */
  end?: number | undefined;
  /** All tokens by which texts of the model end, where there are several: what is written ends by any. Default: `end` alone. */
  ends?: readonly number[] | undefined;
  /** How conversations become texts. Absent: the data holds none. */
  chat?: ChatLayout | undefined;
  /** Tokens per example. */
  sequenceLength: number;
}

/** Token ids of a text that may be given as such. */
export function tokensOf(text: Text, { encode }: Pick<TextOptions, 'encode'>): ArrayLike<number> {
  return typeof text === 'string' ? encode(text) : text;
}
