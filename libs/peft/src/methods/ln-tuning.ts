/** @file LN tuning: only the normalization layers of the base model are trained. */
import { z } from 'zod';
import { defineMethod } from '../method.js';

export const lnTuning = defineMethod({
  name: 'ln-tuning',
  title: 'LN tuning',
  paper: {
    title: 'Tuning LayerNorm in Attention: Towards Efficient Multi-Modal LLM Finetuning',
    arxiv: '2312.11420',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason: 'Trains what Python peft trains; the paper tunes models that see images, and its results were not checked',
  },
  summary: 'Trains the gains and biases of all normalization layers and nothing else.',
  parameterFormula: '0',
  memoryFormula: '0',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  trainsBase: ({ kind }) => kind === 'norm-gain' || kind === 'norm-bias',
  peftConfig: {
    type: 'LN_TUNING',
    usualModules: ['input_layernorm', 'post_attention_layernorm', 'norm'],
    settings: () => ({}),
    config: () => ({}),
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});
