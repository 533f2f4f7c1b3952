/** @file Negatives that are drawn from the whole corpus: the rival of those that a model ranks first. */
import { z } from 'zod';
import { lossOfPairs, needsCorpus, negativesField, temperatureField } from './compared-documents.js';
import { defineRecipe } from './recipe.js';

export const randomNegatives = defineRecipe({
  name: 'random-negatives',
  title: 'Random negatives',
  summary: 'Trains a query to stand nearer to its document than to ones that are drawn from the whole corpus.',
  evidence: { level: 'full' },
  config: z.strictObject({ ...negativesField, ...temperatureField }),
  unfit: needsCorpus,
  negatives: { count: ({ negatives }) => negatives, first: () => undefined, every: () => undefined },
  loss: lossOfPairs(true),
});
