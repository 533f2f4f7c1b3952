/** @file Words of a text, for methods that read no tokens: those of PyPI bm25s, in lower case and without a stemmer. */

/** Two letters, digits or underscores, or more. */
export const WORD = /[\p{L}\p{N}_]{2,}/gu;

/** Whether a text is one word, so that it is read as one wherever it stands. @example isWord('x-ray') // false */
export const isWord = (text: string): boolean => text.match(WORD)?.[0] === text;

/** Lucene's list for English. */
const english: ReadonlySet<string> = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was ' +
    'will with'
  ).split(' '),
);

export const stopWordLists = ['english', 'none'] as const;
export type StopWords = (typeof stopWordLists)[number];

/**
 * Runs of three letters of every word, which begins and ends with a blank: words of one stem share most.
 *
 * @example trigramsOf('The sea') // [' th', 'the', 'he ', ' se', 'sea', 'ea ']
 */
export const trigramsOf = (text: string): string[] =>
  wordsOf(text, 'none').flatMap((word) => {
    const letters = [' ', ...word, ' '];
    return letters.slice(2).map((_, at) => letters.slice(at, at + 3).join(''));
  });

/** @example wordsOf('The whale, the WHALE!', 'english') // ['whale', 'whale'] */
export const wordsOf = (text: string, stopWords: StopWords): string[] =>
  withoutStopWords(text.toLowerCase().match(WORD) ?? [], stopWords);

/** @param words in lower case */
export const withoutStopWords = (words: string[], stopWords: StopWords): string[] =>
  stopWords === 'none' ? words : words.filter((word) => !english.has(word));
