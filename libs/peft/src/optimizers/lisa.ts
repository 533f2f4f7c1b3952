/**
 * @file LISA: AdamW on a few blocks of the model drawn at random, and on all that lies outside them. What a block leaves
 * behind is left open by the authors' code; here its moments are dropped, and it begins anew when it is drawn again later.
 */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { activeSet, atMost, uniformly } from '../parts/gradient/active.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';

const draw = { action: 'draws its blocks anew', usual: 20 };

export const lisa = defineOptimizer({
  name: 'lisa',
  title: 'LISA',
  paper: {
    title: 'LISA: Layerwise Importance Sampling for Memory-Efficient LLM Fine-Tuning',
    arxiv: '2403.17919',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'How many blocks are active and for how long is from the authors’ scripts, not from the paper; what becomes of the moments of a block that is no longer active is left open there',
  },
  config: z.strictObject({
    active: z.int().min(1).default(1).describe('Blocks that are trained at a time'),
    gap: clockField('Steps between draws of the blocks', draw, "the authors' scripts"),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'MT-Bench: 11 to 37 % above LoRA',
      source: 'arXiv 2403.17919, abstract',
      compare: { on: 'full-ft', method: 'lora', optimizer: 'adamw', measure: 'score' },
    },
    {
      text: 'LLaMA-2 of 70 B: on a par with LoRA or better',
      source: 'arXiv 2403.17919, abstract',
      untold: 'Of a par or better no board can tell: it tells what is better',
    },
  ],
  clocks: { gap: draw },
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  build({ active, gap = draw.usual, weightDecay, ...adam }) {
    const adamw = everyParameter(chain(scaleByAdam(adam), decayWeights(weightDecay), descend()));
    return activeSet(adamw, { sampler: uniformly(atMost(active)), gap, always: () => true });
  },
});
