/** @file BitFit: only the bias vectors of the base model are trained. */
import { z } from 'zod';
import { defineMethod } from '../method.js';

export const bitfit = defineMethod({
  name: 'bitfit',
  title: 'BitFit',
  paper: {
    title: 'BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models',
    arxiv: '2106.10199',
    year: 2021,
  },
  evidence: {
    level: 'partial',
    reason: "The authors' code and results were not checked, only what other papers report of it",
  },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-base 85.2 with 0.1 M trained parameters; LoRA 87.2 with 0.3 M',
      source: 'arXiv 2106.09685',
      compare: { scale: { parameters: 125e6 }, method: 'lora', measure: 'trained', size: { ratio: 0.1 / 0.3 } },
    },
  ],
  summary: 'Trains the biases of all linear and normalization layers and nothing else.',
  parameterFormula: 'out',
  memoryFormula: '3·trained',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  trainsBase: ({ kind }) => kind === 'bias' || kind === 'norm-bias',
  learningRates: [1e-3, 3e-3, 1e-2],
});
