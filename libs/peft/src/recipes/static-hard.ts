/** @file Hard negatives alone: the rival of STAR, which forgets what tells a document from any other. */
import { z } from 'zod';
import { hardFields, hardNegatives, lossOfPairs, needsCorpus, temperatureField } from './compared-documents.js';
import { defineRecipe } from './recipe.js';

export const staticHard = defineRecipe({
  name: 'static-hard',
  title: 'Static hard negatives',
  summary: 'Trains a query to stand nearer to its document than to ones that the model ranked first before training.',
  evidence: { level: 'full' },
  config: z.strictObject({ ...hardFields, ...temperatureField }),
  unfit: needsCorpus,
  negatives: hardNegatives,
  loss: lossOfPairs(true),
});
