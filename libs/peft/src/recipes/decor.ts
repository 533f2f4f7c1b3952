/**
 * @file DECOR on queries of a search: what the embedding of a query has in the span of unwanted words is taken out. With `V` the right
 * singular vectors of the embeddings of these words, `x′ = x − strength · x V Vᵀ`. The publication does so with every token of a prompt for
 * images; a mean over tokens, which an embedding is here, passes through the product.
 */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { needsCorpus } from './compared-documents.js';
import { defineRecipe } from './recipe.js';
import { separatorField, strengthField, wantedThenUnwanted } from './unwanted-parts.js';

/** Directions along which unwanted words are shorter than that, of the longest, are none. */
const LEAST = 1e-6;

/** Orthonormal directions that unwanted words span, the longest first: rows `[most, width]`, or fewer. */
function directionsOf(words: readonly Float32Array[], most: number): number[][] {
  const { rightSingularVectors: vectors, diagonal } = new SingularValueDecomposition(
    new Matrix(words.map((word) => Array.from(word))),
    { autoTranspose: true },
  );
  const kept = diagonal.filter((length) => length > LEAST * diagonal[0]!).length;
  return Array.from({ length: Math.min(kept, most) }, (_, at) => vectors.getColumn(at));
}

export const decor = defineRecipe({
  name: 'decor',
  title: 'Decomposition and projection of embeddings',
  summary: 'Takes out of the embedding of a query what it has in the span of the words that it does not ask for.',
  paper: {
    title: 'DECOR: Decomposition and Projection of Text Embeddings for Text-to-Image Customization',
    arxiv: '2412.09169',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'the equation is that of a secondary page, and the paper was not read; it is applied to queries of a search, where the publication makes images',
  },
  config: z.strictObject({
    ...strengthField,
    ...separatorField,
    rank: z.int().min(1).max(64).optional().describe('Most directions that are taken out, the longest; omitted: all'),
  }),
  unfit: needsCorpus,
  ask: {
    parts: wantedThenUnwanted,
    embedding([wanted, ...unwanted], { strength, rank = unwanted.length }) {
      const projected = Float32Array.from(wanted!);
      for (const direction of unwanted.length === 0 ? [] : directionsOf(unwanted, rank)) {
        const along = direction.reduce((sum, value, at) => sum + value * wanted![at]!, 0);
        direction.forEach((value, at) => {
          projected[at]! -= strength * along * value;
        });
      }
      return projected;
    },
  },
});
