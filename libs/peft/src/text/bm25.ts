import { largest } from '../tensor/largest.js';
import { type StopWords, wordsOf } from './words.js';

export interface Bm25Options {
  /** How soon further occurrences of a word add little. */
  k1: number;
  /** How much longer documents are held back: 0 not at all, 1 in full. */
  b: number;
  stopWords: StopWords;
  /** Takes texts apart, in place of words without stop words. */
  termsOf?: (text: string) => string[];
}

/** Lucene's own. */
export const usualBm25: Bm25Options = { k1: 1.2, b: 0.75, stopWords: 'english' };

/** A term of a query, and how much each of its occurrences counts. */
export type WeightedTerm = readonly [term: string, weight: number];

/** Documents with a word, and what an occurrence of it in a query adds to the score of each. */
interface Postings {
  documents: number[];
  weights: number[];
}

/** How much a term tells that `found` of so many documents have: the inverse document frequency of Lucene's BM25, above 0. */
export const rarityOf = (documents: number, found: number): number =>
  Math.log(1 + (documents - found + 0.5) / (found + 0.5));

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

  /** Terms of a text. */
  readonly termsOf: (text: string) => string[];

  /** The gain in score by an occurrence of a term in a text of so many terms. */
  private readonly weight: (found: number, occurrences: number, terms: number) => number;

  constructor(
    private readonly documents: readonly string[],
    { k1, b, stopWords, termsOf = (text) => wordsOf(text, stopWords) }: Bm25Options = usualBm25,
  ) {
    this.termsOf = termsOf;
    this.sums = new Float64Array(documents.length);
    const postings = new Map<string, Postings>();
    const lengths = documents.map((text, document) => {
      const words = termsOf(text);
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
    this.weight = (found, occurrences, terms) => {
      const rarity = rarityOf(documents.length, found);
      return (rarity * occurrences) / (occurrences + k1 * (1 - b + b * (terms / mean)));
    };
    for (const { documents: found, weights } of postings.values()) {
      weights.forEach((occurrences, at) => {
        weights[at] = this.weight(found.length, occurrences, lengths[found[at]!]!);
      });
    }
    this.postings = postings;
  }

  /** Scores of some documents, by their indices. */
  scores(query: string, documents: readonly number[]): number[] {
    return this.weighted(this.once(query), documents);
  }

  /** The score of a text that need not be a document: how rare terms are, and how long texts, is that of the documents. */
  scoreOf(query: string, text: string): number {
    const terms = this.termsOf(text);
    let sum = 0;
    for (const [term, weight] of this.once(query)) {
      const found = this.postings.get(term)?.documents.length ?? 0;
      const occurrences = terms.filter((own) => own === term).length;
      if (found > 0 && occurrences > 0) sum += weight * this.weight(found, occurrences, terms.length);
    }
    return sum;
  }

  /** Scores of some documents for a query whose terms have weights. */
  weighted(terms: Iterable<WeightedTerm>, documents: readonly number[]): number[] {
    const touched = this.add(terms);
    const scores = documents.map((document) => this.sums[document]!);
    this.clear(touched);
    return scores;
  }

  /** The `count` documents that score highest and share a word with the query, best first; of equal ones the earlier. */
  best(query: string, count: number, without: ReadonlySet<number> = new Set()): number[] {
    const touched = this.add(this.once(query));
    const asked = without.size === 0 ? touched : touched.filter((document) => !without.has(document));
    const found = largest(asked, count, this.sums);
    this.clear(touched);
    return found;
  }

  /** The share of documents that have a term. */
  share(term: string): number {
    return (this.postings.get(term) ?? nowhere).documents.length / this.documents.length;
  }

  private once(query: string): WeightedTerm[] {
    return this.termsOf(query).map((term) => [term, 1]);
  }

  /** @returns documents whose score is not 0 */
  private add(terms: Iterable<WeightedTerm>): number[] {
    const touched: number[] = [];
    for (const [word, weight] of terms) {
      const { documents, weights } = this.postings.get(word) ?? nowhere;
      for (let at = 0; at < documents.length; at++) {
        const document = documents[at]!;
        if (this.sums[document] === 0) touched.push(document);
        this.sums[document]! += weight * weights[at]!;
      }
    }
    return touched;
  }

  private clear(touched: readonly number[]): void {
    for (const document of touched) this.sums[document] = 0;
  }
}

const nowhere: Postings = { documents: [], weights: [] };
