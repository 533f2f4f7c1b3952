/** @file Partial fine-tuning: the embeddings and the first blocks stay as they are; all that comes after is trained. Source: arXiv 1911.03090. */
import { z } from 'zod';
import { type BaseParameter, defineMethod } from '../method.js';

const config = z.strictObject({
  frozen: z
    .int()
    .min(0)
    .default(1)
    .describe(
      'Blocks that stay as they are, counted from the first. With as many as the base has, its final norm and the head are trained',
    ),
});

/** The place of a parameter's block among the blocks; undefined outside of them. */
const blockOf = ({ path }: BaseParameter): number | undefined => {
  const [, index] = /^blocks\.(\d+)\./.exec(path) ?? [];
  return index === undefined ? undefined : Number(index);
};

const embeds = ({ path, kind }: BaseParameter) =>
  path.startsWith('embedding.') || kind === 'embedding' || kind === 'position-embedding';

export const partialFt = defineMethod({
  name: 'partial-ft',
  title: 'Partial fine-tuning',
  paper: {
    title: 'What Would Elsa Do? Freezing Layers During Transformer Fine-Tuning',
    arxiv: '1911.03090',
    year: 2019,
  },
  evidence: { level: 'partial', reason: 'Of the paper the abstract was read; its results were not checked' },
  summary:
    'Trains the last blocks whole, with the final norm, and leaves the embeddings and the first blocks as they are.',
  parameterFormula: 'in·out + out',
  memoryFormula: '3·trained + rows·in',
  config,
  usesRank: false,
  startsAtBase: true,
  trainsBase: (parameter, { frozen }) => !embeds(parameter) && (blockOf(parameter) ?? frozen) >= frozen,
  learningRates: [1e-4, 3e-4, 1e-3],
});
