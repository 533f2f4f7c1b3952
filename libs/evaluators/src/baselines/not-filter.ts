import { Bm25, usualBm25 } from '@rankforge/peft';
import { apart } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** The score of a text with an unwanted word, below every other. */
const LAST = -1;

/** A search with a filter, as search engines have it: `whales -ships`. */
export const notFilter = defineBaseline({
  name: 'not-filter',
  title: 'BM25 with a filter',
  summary:
    'Orders texts by BM25 of what a query asks for, and puts those last that have a word of what it does not; nothing is trained.',
  config: z.strictObject({
    separator: z.string().min(1).default(' but not ').meta({
      description: 'Words between what a query asks for and what it does not, whatever their case.',
    }),
  }),
  *scores({ queries, collection, config: { separator } }) {
    const index = new Bm25(collection, usualBm25);
    const place = new Map(collection.map((text, at) => [text, at]));
    const words = collection.map((text) => new Set(index.termsOf(text)));
    for (const { query, rows } of queries) {
      const { wanted, unwanted } = apart(query, separator);
      const places = rows.map((text) => place.get(text)!);
      const barred = index.termsOf(unwanted.join(' '));
      const scores = index.scores(wanted, places);
      yield scores.map((score, row) => (barred.some((word) => words[places[row]!]!.has(word)) ? LAST : score));
    }
  },
});
