import { Bm25, usualBm25 } from '@rankforge/peft';
import { stopWordLists } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** Words that a query and a text share, over the texts of all splits. Equal to PyPI bm25s with `method="lucene"`. */
export const bm25 = defineBaseline({
  name: 'bm25',
  title: 'BM25',
  summary:
    'Orders texts by the words that they share with the query, rare words before frequent ones; nothing is trained.',
  paper: { title: 'The Probabilistic Relevance Framework: BM25 and Beyond', year: 2009 },
  config: z.strictObject({
    k1: z
      .number()
      .min(0)
      .max(100)
      .default(usualBm25.k1)
      .meta({ description: 'How soon further occurrences of a word add little; 0 counts one alone.' }),
    b: z
      .number()
      .min(0)
      .max(1)
      .default(usualBm25.b)
      .meta({ description: 'How much long texts are held back: 0 not at all, 1 in proportion to their length.' }),
    stopWords: z
      .enum(stopWordLists)
      .default(usualBm25.stopWords)
      .meta({ description: 'Words that are left out of queries and texts.' }),
  }),
  readsWords: true,
  *scores({ queries, collection, config, segmenter }) {
    const termsOf = (text: string) => segmenter.terms(text, config.stopWords);
    const index = new Bm25(collection, { ...config, termsOf });
    const place = new Map(collection.map((text, at) => [text, at]));
    for (const { query, rows } of queries) {
      yield index.scores(
        query,
        rows.map((text) => place.get(text)!),
      );
    }
  },
});
