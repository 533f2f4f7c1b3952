import { type StopWords, wordsOf } from './words.js';

export interface Bm25Options {
  /** How soon further occurrences of a word add little. */
  k1: number;
  /** How much longer documents are held back: 0 not at all, 1 in full. */
  b: number;
  stopWords: StopWords;
}

/** Lucene's own. */
export const usualBm25: Bm25Options = { k1: 1.2, b: 0.75, stopWords: 'english' };

/** Documents with a word, and what an occurrence of it in a query adds to the score of each. */
interface Postings {
  documents: number[];
  weights: number[];
}

/**
 * BM25 as Lucene has it since version 8, without its rounding of lengths (Kamphuis et al. 2020, doi 10.1007/978-3-030-45442-5_4): a
 * word of a query adds `ln(1 + (N − n + 0.5) / (n + 0.5)) · f / (f + k1·(1 − b + b·length / mean length))`.
 *
 * @example
 * const index = new Bm25(['a white whale', 'a ship']);
 * index.best('white whales', 1); // [0]
 */
export class Bm25 {
  private readonly postings: ReadonlyMap<string, Postings>;
  /** Scores of the query that is being answered; 0 between two. */
  private readonly sums: Float64Array;

  constructor(
    documents: readonly string[],
    private readonly options: Bm25Options = usualBm25,
  ) {
    const { k1, b, stopWords } = options;
    this.sums = new Float64Array(documents.length);
    const postings = new Map<string, Postings>();
    const lengths = documents.map((text, document) => {
      const words = wordsOf(text, stopWords);
      for (const word of words) {
        const known = postings.get(word) ?? { documents: [], weights: [] };
        postings.set(word, known);
        if (known.documents.at(-1) === document) known.weights[known.weights.length - 1]! += 1;
        else {
          known.documents.push(document);
          known.weights.push(1);
        }
      }
      return words.length;
    });
    const mean = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
    for (const { documents: found, weights } of postings.values()) {
      const rarity = Math.log(1 + (documents.length - found.length + 0.5) / (found.length + 0.5));
      weights.forEach((occurrences, at) => {
        const length = lengths[found[at]!]! / mean;
        weights[at] = (rarity * occurrences) / (occurrences + k1 * (1 - b + b * length));
      });
    }
    this.postings = postings;
  }

  /** Scores of some documents, by their indices. */
  scores(query: string, documents: readonly number[]): number[] {
    const touched = this.add(query);
    const scores = documents.map((document) => this.sums[document]!);
    this.clear(touched);
    return scores;
  }

  /** The `count` documents that score highest and share a word with the query, best first; of equal ones the earlier. */
  best(query: string, count: number, without: ReadonlySet<number> = new Set()): number[] {
    const touched = this.add(query);
    const found = touched
      .filter((document) => !without.has(document))
      .sort((a, b) => this.sums[b]! - this.sums[a]! || a - b)
      .slice(0, count);
    this.clear(touched);
    return found;
  }

  /** @returns documents whose score is not 0 */
  private add(query: string): number[] {
    const touched: number[] = [];
    for (const word of wordsOf(query, this.options.stopWords)) {
      const { documents, weights } = this.postings.get(word) ?? nowhere;
      for (let at = 0; at < documents.length; at++) {
        const document = documents[at]!;
        if (this.sums[document] === 0) touched.push(document);
        this.sums[document]! += weights[at]!;
      }
    }
    return touched;
  }

  private clear(touched: readonly number[]): void {
    for (const document of touched) this.sums[document] = 0;
  }
}

const nowhere: Postings = { documents: [], weights: [] };
