/**
 * @file BAdam: AdamW on one block of the model after another, each begun anew. Embeddings and norms outside the blocks stay
 * as they are, as in the authors' code; a head made for the task is trained throughout.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { activeSet, inTurn } from '../parts/gradient/active.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

const turn = { action: 'goes on to another block', usual: 50 };

export const badam = defineOptimizer({
  name: 'badam',
  title: 'BAdam',
  paper: {
    title: 'BAdam: A Memory Efficient Full Parameter Optimization Method for Large Language Models',
    arxiv: '2404.02827',
    year: 2024,
  },
  config: z.strictObject({
    order: z
      .enum(['random', 'ascending', 'descending'])
      .default('descending')
      .describe('Order of the blocks; random is another one in every round'),
    gap: clockField('Steps that a block is trained for', turn, "the authors' scripts"),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'Llama-3 of 8 B: MT-Bench 6.67; LoRA 6.41. Llama-2 of 7 B: 5.21; 4.86',
      source: 'github.com/Ledzy/BAdam, README',
      compare: { scale: { parameters: 7e9 }, on: 'full-ft', method: 'lora', optimizer: 'adamw', measure: 'score' },
    },
  ],
  clocks: { gap: turn },
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  build({ order, gap = turn.usual, weightDecay, ...adam }) {
    const adamw = everyParameter(chain(scaleByAdam(adam), decayWeights(weightDecay), descend()));
    return activeSet(adamw, { sampler: inTurn(order), gap, always: ({ role }) => role === 'head', renews: true });
  },
});
