import { Bm25, usualBm25 } from '@rankforge/peft';
import { trigramsOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** Two orders of BM25, of words and of runs of three letters: the second finds words of one stem, and typing errors. */
export const rrf = defineBaseline({
  name: 'rrf',
  title: 'Reciprocal rank fusion of words and letters',
  summary: 'Adds up 1 / (k + rank) of two orders of BM25: by words, and by runs of three letters; nothing is trained.',
  paper: { title: 'Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods', year: 2009 },
  config: z.strictObject({
    k: z.number().min(0).max(10_000).default(60).meta({
      description: 'How little first ranks count above others; 0: the first counts twice what the second does.',
    }),
  }),
  readsWords: true,
  *scores({ queries, collection, segmenter, config: { k } }) {
    const termsOf = (text: string) => segmenter.terms(text);
    const indexes = [
      new Bm25(collection, { ...usualBm25, termsOf }),
      new Bm25(collection, { ...usualBm25, termsOf: trigramsOf }),
    ];
    const place = new Map(collection.map((text, at) => [text, at]));
    for (const { query, rows } of queries) {
      const places = rows.map((text) => place.get(text)!);
      const orders = indexes.map((index) => ranksOf(index.scores(query, places)));
      yield rows.map((_, row) =>
        orders.reduce((sum, ranks) => (ranks[row] === undefined ? sum : sum + 1 / (k + ranks[row])), 0),
      );
    }
  },
});

/** One more than the rows that score more; none where a row scores nothing, which an order does not have. */
function ranksOf(scores: readonly number[]): (number | undefined)[] {
  const sorted = scores.filter((score) => score > 0).sort((a, b) => b - a);
  const ranks = new Map<number, number>();
  sorted.forEach((score, at) => {
    if (!ranks.has(score)) ranks.set(score, at + 1);
  });
  return scores.map((score) => ranks.get(score));
}
