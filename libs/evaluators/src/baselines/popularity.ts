import { z } from 'zod';
import { defineBaseline } from './baseline.js';

/** The same order for everybody: what a recommender must do better than. */
export const popularity = defineBaseline({
  name: 'popularity',
  title: 'Popularity',
  summary: 'Orders texts, or items, by how many queries, or users, of the training split they are relevant to.',
  config: z.strictObject({}),
  *scores({ queries, training }) {
    const counts = new Map<string, number>();
    for (const { relevant } of training()) {
      for (const text of relevant) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    for (const { rows } of queries) yield rows.map((text) => counts.get(text) ?? 0);
  },
});
