import { Bm25, usualBm25 } from '@rankforge/peft';
import type { WeightedTerm } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** A word that a larger share of documents has says nothing of a few of them: Anserini's bound. */
const COMMON = 0.1;

const count = (most: number) => z.int().min(1).max(most);

/** BM25 of the query and of words of the documents that BM25 finds first. */
export const rm3 = defineBaseline({
  name: 'rm3',
  title: 'BM25 with pseudo-relevance feedback (RM3)',
  summary:
    'Searches by BM25, adds to the query the words that stand out in the first documents, and searches anew; nothing is trained.',
  paper: { title: 'UMass at TREC 2004: Novelty and HARD', year: 2004 },
  config: z.strictObject({
    documents: count(1000)
      .default(10)
      .meta({ description: 'First documents of the first search that words come from.' }),
    terms: count(1000).default(10).meta({ description: 'Words that come from each document, and from all together.' }),
    originalWeight: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({ description: 'Weight of the words of the query itself; 1 is BM25.' }),
  }),
  readsWords: true,
  *scores({ queries, collection, segmenter, config: { documents, terms, originalWeight } }) {
    const index = new Bm25(collection, { ...usualBm25, termsOf: (text) => segmenter.terms(text) });
    const place = new Map(collection.map((text, at) => [text, at]));
    for (const { query, rows } of queries) {
      const first = index.best(query, documents);
      const scores = index.scores(query, first);
      const model = new Map<string, number>();
      first.forEach((document, at) => {
        for (const [word, share] of shares(largest(telling(index, collection[document]!), terms))) {
          model.set(word, (model.get(word) ?? 0) + share * scores[at]!);
        }
      });
      const feedback = shares(largest(model, terms));
      const asked = shares(counts(index.termsOf(query)));
      const words = new Set([...asked.keys(), ...feedback.keys()]);
      const mixed = Array.from(
        words,
        (word): WeightedTerm => [
          word,
          originalWeight * (asked.get(word) ?? 0) + (1 - originalWeight) * (feedback.get(word) ?? 0),
        ],
      );
      yield index.weighted(
        mixed,
        rows.map((text) => place.get(text)!),
      );
    }
  },
});

type Weights = ReadonlyMap<string, number>;

function counts(words: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
}

/** Words of a document that few documents have, with how often it has them. */
const telling = (index: Bm25, text: string): Weights =>
  new Map([...counts(index.termsOf(text))].filter(([word]) => index.share(word) <= COMMON));

/** The words of most weight; of equal ones those that come first in the order of letters. */
const largest = (weights: Weights, most: number): Weights =>
  new Map([...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, most));

/** Weights that add up to 1. */
function shares(weights: Weights): Weights {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return new Map([...weights].map(([word, weight]) => [word, weight / total]));
}
