/** @file Vectors of words that an attacker has without the ranker's own: made of the collection alone. */
import type { Random, Segmenter } from '@rankforge/peft';

export interface WordVectors {
  width: number;
  words: readonly string[];
  /** Undefined for a word that is not among them. */
  of(word: string): Float64Array | undefined;
}

/**
 * Random indexing (Sahlgren 2005): each word has a random direction, and its vector is that with the directions of the words that it
 * shares texts with, by half, of length 1.
 */
export function indexedAtRandom(
  words: readonly string[],
  collection: readonly string[],
  { width, segmenter, random }: { width: number; segmenter: Segmenter; random: Random },
): WordVectors {
  const own = new Map(words.map((word) => [word, unit(Float64Array.from({ length: width }, () => random.normal()))]));
  const around = new Map(words.map((word) => [word, new Float64Array(width)]));
  for (const text of collection) {
    const known = [...new Set(segmenter.terms(text, 'none'))].filter((word) => own.has(word));
    const sum = new Float64Array(width);
    for (const word of known) add(sum, own.get(word)!);
    for (const word of known) add(around.get(word)!, sum);
  }
  const vectors = new Map(
    words.map((word) => {
      const vector = Float64Array.from(own.get(word)!);
      add(vector, unit(around.get(word)!), 0.5);
      return [word, unit(vector)];
    }),
  );
  return { width, words, of: (word) => vectors.get(word) };
}

export function add(sum: Float64Array, vector: Float64Array, times = 1): void {
  for (let at = 0; at < sum.length; at++) sum[at]! += times * vector[at]!;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}
