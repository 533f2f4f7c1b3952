/** @file How texts fall apart into words. A data set brings its own where white space does not say it. */
import { type StopWords, wordsOf } from './words.js';

export interface Segmenter {
  /** @example 'jieba' */
  name: string;
  /** Words of a text in order. Joined with `between`, they are the text with single spaces. */
  split(text: string): string[];
  /** Text between two words. */
  between: '' | ' ';
  /**
   * Words that a search by words counts.
   *
   * @param stopWords words that it does not. Default: those of English
   */
  terms(text: string, stopWords?: StopWords): string[];
  /** Place between two sentences. */
  sentenceEnd: RegExp;
  /** Tokens that scores of answers compare. Absent: each score has its own rule for English. */
  tokens?(text: string): string[];
}

/** Words of a text: what stands between white space. */
export const whiteSpaced = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Words are what stands between white space. */
export const bySpaces: Segmenter = {
  name: 'spaces',
  split: whiteSpaced,
  between: ' ',
  terms: (text, stopWords = 'english') => wordsOf(text, stopWords),
  sentenceEnd: /(?<=[.!?]["'”’)]*)\s+/,
};

/** Joins the words of a text again: with single spaces, where it has any. */
export const joined = (words: readonly string[], { between }: Segmenter): string => words.join(between).trim();

/** A text with single spaces between what its white space parts. */
export const singleSpaced = (text: string): string => text.trim().replace(/\s+/g, ' ');
