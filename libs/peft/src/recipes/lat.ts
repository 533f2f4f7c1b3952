/** @file Latent adversarial training: what blocks put out is perturbed for the worst, and the model trained to be right all the same. */
import { z } from 'zod';
import { needsClass, type SearchConfig, searchFields, searchWithin } from './perturbed-activations.js';
import { defineRecipe } from './recipe.js';

export const lat = defineRecipe({
  name: 'lat',
  title: 'Latent adversarial training',
  summary:
    'Trains to be right when what blocks put out is moved for the worst, toward a class or away from what is right.',
  paper: {
    title: 'Latent Adversarial Training Improves Robustness to Persistent Harmful Behaviors in LLMs',
    arxiv: '2407.15549',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'the search takes normalized gradient steps where the published code takes AdamW’s, at outputs of whole blocks and not of their MLPs, toward a class in place of a harmful completion, and none of its language models was tried',
  },
  config: z.strictObject({
    ...searchFields,
    after: z
      .string()
      .regex(/^(all|\d+(,\d+)*)$/, 'expected all, or numbers of blocks such as 2,4')
      .default('all')
      .describe('Blocks whose outputs are moved, the first being 1 and the embedding 0; all: every block'),
    toward: z.int().min(0).optional().describe('The class that is searched toward; omitted: away from what is right'),
  }),
  unfit(request, { after, toward }) {
    const { blocks } = request;
    const beyond = after === 'all' ? undefined : after.split(',').find((place) => Number(place) > (blocks ?? Infinity));
    if (beyond !== undefined)
      return `moves what block ${beyond} puts out, and the model has ${blocks}: choose among 0 to ${blocks}`;
    return needsClass(request, toward);
  },
  perturb: searchWithin(({ after }: SearchConfig & { after: string }, blocks) =>
    after === 'all'
      ? Array.from({ length: blocks }, (_, block) => block + 1)
      : [...new Set(after.split(',').map(Number))],
  ),
});
