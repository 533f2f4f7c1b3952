/** @file Parts that recipes share which compare queries with documents that were encoded once. */
import type { Batch, FixedDocuments } from '../objectives/data.js';
import { type Embeddings, inner } from './embeddings.js';

/** @throws Error where the documents of a batch are its own */
export function fixedOf({ fixed }: Batch): FixedDocuments {
  if (!fixed) throw new Error('A batch whose documents are fixed must have them');
  return fixed;
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
