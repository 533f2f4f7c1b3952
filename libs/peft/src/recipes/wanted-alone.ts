/** @file The simplest rival of DECOR: what a query does not ask for is left out of it. */
import { z } from 'zod';
import { apart } from '../text/negation.js';
import { needsCorpus } from './compared-documents.js';
import { defineRecipe } from './recipe.js';
import { separatorField } from './unwanted-parts.js';

export const wantedAlone = defineRecipe({
  name: 'wanted-alone',
  title: 'Wanted words alone',
  summary: 'Asks for what a query asks for, without the words of what it does not.',
  evidence: { level: 'full' },
  config: z.strictObject(separatorField),
  unfit: needsCorpus,
  ask: {
    parts: (query, { separator }) => [apart(query, separator).wanted],
    embedding: ([wanted]) => wanted!,
  },
});
