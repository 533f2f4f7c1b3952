/** @file Words that triggers are made of. */
import type { Segmenter } from '@rankforge/peft';

/** Most words that an attack looks at. */
const MOST_WORDS = 5000;

/**
 * The most frequent words of a collection, without the stop words of English; of equally frequent ones those that come first.
 *
 * @throws Error where the collection has none
 */
export function vocabularyOf(collection: readonly string[], segmenter: Segmenter): string[] {
  const counts = new Map<string, number>();
  for (const text of collection) {
    for (const word of segmenter.terms(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size === 0) throw new Error('the collection has no words that a trigger could be made of');
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_WORDS)
    .map(([word]) => word);
}
