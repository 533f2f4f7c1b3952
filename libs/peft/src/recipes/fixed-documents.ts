/** @file Parts that recipes share which compare queries with documents that were encoded once. */
import type { Batch, FixedDocuments } from '../objectives/data.js';
import { largest } from '../tensor/largest.js';
import { type Embeddings, inner } from './embeddings.js';

/** @throws Error where the documents of a batch are its own */
export function fixedOf({ fixed }: Batch): FixedDocuments {
  if (!fixed) throw new Error('A batch whose documents are fixed must have them');
  return fixed;
}

/**
 * Documents that a row ranks first, the first first, with their cosines over a temperature, and those that it may not find: of all
 * documents, or of what an index gives.
 *
 * @param most documents that are found
 * @param wanted documents whose cosines are known too
 */
export function rankedFirst(
  { vectors, first }: FixedDocuments,
  embeddings: Embeddings,
  { row, most, wanted, temperature }: { row: number; most: number; wanted: ReadonlySet<number>; temperature: number },
): { found: number[]; score: (document: number) => number } {
  const { width, units } = embeddings;
  if (first === undefined) {
    const scores = similaritiesTo(embeddings, row, vectors, temperature);
    return { found: largest(scores.keys(), most, scores), score: (document) => scores[document]! };
  }
  const near = first(units.subarray(row * width, (row + 1) * width), most);
  const scores = new Map(
    [...near, ...wanted].map((document) => [document, inner(units, row, vectors, document, width) / temperature]),
  );
  const score = (document: number) => scores.get(document)!;
  return { found: near.toSorted((a, b) => score(b) - score(a) || a - b), score };
}

/** Cosines of a row with all documents, over a temperature. */
export function similaritiesTo(
  { width, units }: Embeddings,
  row: number,
  vectors: Float32Array,
  temperature: number,
): Float64Array {
  const scores = new Float64Array(vectors.length / width);
  for (let document = 0; document < scores.length; document++) {
    scores[document] = inner(units, row, vectors, document, width) / temperature;
  }
  return scores;
}
