/** @file The rival of DECOR: the mean embedding of unwanted words is subtracted, as analogies of word vectors are computed. */
import { z } from 'zod';
import { needsCorpus } from './compared-documents.js';
import { defineRecipe } from './recipe.js';
import { separatorField, strengthField, wantedThenUnwanted } from './unwanted-parts.js';

export const subtractedWords = defineRecipe({
  name: 'subtracted-words',
  title: 'Unwanted words subtracted',
  summary: 'Subtracts the mean embedding of the words that a query does not ask for from that of what it asks for.',
  evidence: { level: 'full' },
  config: z.strictObject({ ...strengthField, ...separatorField }),
  unfit: needsCorpus,
  ask: {
    parts: wantedThenUnwanted,
    embedding: ([wanted, ...unwanted], { strength }) =>
      wanted!.map(
        (value, at) =>
          value - (strength * unwanted.reduce((sum, word) => sum + word[at]!, 0)) / Math.max(1, unwanted.length),
      ),
  },
});
