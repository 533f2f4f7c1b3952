/** @file Adversarial training at the embedding: the same search, before the first block. */
import { z } from 'zod';
import { needsClass, searchFields, searchWithin } from './perturbed-activations.js';
import { defineRecipe } from './recipe.js';

export const adversarialEmbeddings = defineRecipe({
  name: 'adversarial-embeddings',
  title: 'Adversarial embeddings',
  summary: 'Trains to be right when embeddings of tokens are moved for the worst.',
  paper: {
    title: 'Adversarial Training Methods for Semi-Supervised Text Classification',
    arxiv: '1605.07725',
    year: 2016,
  },
  evidence: {
    level: 'partial',
    reason:
      'several projected steps where the publication takes one, at hidden states with positions, and lengths are of tokens',
  },
  config: z.strictObject({
    ...searchFields,
    toward: z.int().min(0).optional().describe('The class that is searched toward; omitted: away from what is right'),
  }),
  unfit: (request, { toward }) => needsClass(request, toward),
  perturb: searchWithin(() => [0]),
});
