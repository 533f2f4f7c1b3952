/**
 * @file Trans-LoRA: moves a LoRA to another base without the data it was made from. The new base writes examples from a
 * few seeds, a discriminator on the old base keeps those it takes for real, and a LoRA of the new base learns the outputs
 * of the old base with its LoRA on them. Source: arXiv 2405.17258, section 3.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { divergenceFrom, logSoftmax, predictions } from '../parts/penalty/distribution.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  labels: z
    .enum(['distribution', 'likeliest'])
    .default('distribution')
    .describe('What is learned of the source model: its distribution over outputs, or its likeliest output'),
  seeds: z.int().min(1).default(5).describe('Examples of the data that are kept, to begin written ones with'),
  promptTokens: z.int().min(1).default(8).describe('Tokens of a seed that a written example begins with'),
  temperature: z.number().positive().default(1).describe('Logits are divided by this before a token is drawn'),
  examples: z.int().min(1).default(250).describe('Most examples that are written; fewer where the data has fewer'),
  patience: z
    .int()
    .min(1)
    .default(4)
    .describe('Candidates for each example; then the likeliest of the refused make up the number'),
  discriminatorSteps: z.int().min(1).default(30).describe('Training steps of the discriminator'),
  discriminatorRate: z.number().positive().default(1e-3).describe('Learning rate of the discriminator'),
  discriminatorExamples: z.int().min(2).default(64).describe('Real and written examples each that it is trained on'),
  rows: z.int().min(1).default(1024).describe('Most tokens of a batch whose outputs are learned'),
});
type Config = z.infer<typeof config>;

export const transLora = defineMethod({
  name: 'trans-lora',
  title: 'Trans-LoRA',
  paper: {
    title: 'Trans-LoRA: towards data-free Transferable Parameter Efficient Finetuning',
    arxiv: '2405.17258',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      "From the paper's text; there is no code. Small models follow no instructions: beginnings of seeds are continued instead of being shown in a prompt, the discriminator has a head of two classes instead of answering yes or no, and its patience has an end",
  },
  paperClaims: [
    {
      text: 'BBH, LLaMA-2 7B to 13B: 43.41; LoRA of the source 43.32, base of the target 37.85',
      source: 'arXiv 2405.17258',
      untold:
        'LoRA on the source has another base, and a base without training is no row: neither is on one board with it',
    },
  ],
  summary: 'Moves the LoRA of one base to another on examples that the new base writes and a discriminator keeps.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  requires({ outputs, teacher, writes }) {
    if (outputs === 1) return 'outputs over classes or tokens, whose distribution it learns; here a row has none';
    if (!writes) return 'a base model that predicts next tokens, to write examples with';
    return teacher ? undefined : { field: 'teacher', needs: 'the base model with the adapter to move' };
  },
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank),
  init: zeroUpdate(),
  synthesis: ({ discriminatorSteps, discriminatorRate, discriminatorExamples, ...request }) => ({
    ...request,
    discriminator: { steps: discriminatorSteps, learningRate: discriminatorRate, examples: discriminatorExamples },
  }),
  outputPenalty: {
    rows: ({ rows }) => rows,
    against: ['teacher'],
    taskWeight: () => 0,
    evaluate({ logits, others: { teacher }, config }) {
      // Cross-entropy less the entropy of the target, which is constant: 0 where nothing is left to learn.
      if (config.labels === 'distribution') return divergenceFrom(Matrix.exp(logSoftmax(teacher!)), logits);
      const target = Matrix.zeros(logits.rows, logits.columns);
      predictions(teacher!).forEach((label, row) => {
        target.set(row, label, 1);
      });
      return divergenceFrom(target, logits);
    },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
