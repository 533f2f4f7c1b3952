/** @file STAR: negatives that the model before training ranks first, beside the documents of other queries, which keep training stable. */
import { z } from 'zod';
import { hardFields, hardNegatives, lossOfPairs, needsCorpus, temperatureField } from './compared-documents.js';
import { defineRecipe } from './recipe.js';

export const star = defineRecipe({
  name: 'star',
  title: 'Stable training with hard negatives',
  summary:
    'Trains a query to stand nearer to its document than to those of other queries and to ones that the model ranked first before training.',
  paper: { title: 'Optimizing Dense Retrieval Model Training with Hard Negatives', arxiv: '2104.08051', year: 2021 },
  evidence: {
    level: 'partial',
    reason:
      'pairs and their mean are the published code’s; similarities are cosines over a temperature in place of inner products',
  },
  config: z.strictObject({ ...hardFields, ...temperatureField }),
  unfit: needsCorpus,
  negatives: hardNegatives,
  loss: lossOfPairs(false),
});
