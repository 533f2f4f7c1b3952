/**
 * @file GradNormLoRP, the parameterization: a low-rank update of the direction of each output unit's weights, and a trained
 * length, both differentiated in full. Its projection of gradients is the optimizer of the same name. Source: arXiv
 * 2412.19616.
 */
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { withBaseMagnitudes } from '../parts/init/output-magnitude.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { followedLengths, outputMagnitude } from '../parts/weight/output-magnitude.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update of the direction'),
  alpha: alphaField('The update of the direction is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

export const gradnormlorp = defineMethod({
  name: 'gradnormlorp',
  title: 'GradNormLoRP',
  paper: {
    title: 'Gradient Weight-normalized Low-rank Projection for Efficient LLM Training',
    arxiv: '2412.19616',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'The formula is known from a summary of the paper, not from the paper. The authors’ code has another: it projects the gradient of a whole copy of each kernel and leaves out the term by which lengths follow the direction. The projection of gradients is the optimizer of the same name, to be chosen beside the method',
  },
  paperClaims: [
    {
      text: 'RoBERTa on GLUE, rank 8: 80.65; LoRA 79.23',
      source: 'arXiv 2412.19616, abstract',
      compare: { method: 'lora', measure: 'score', size: { points: 1.42 } },
    },
  ],
  summary: 'Splits each weight into length and direction, as DoRA does, and lets gradients see that lengths follow.',
  parameterFormula: 'r·(in + out) + out',
  memoryFormula: '4·trained + in·out + rows·(in + r + out) + 2·(r + 1)·out + 2',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: outputMagnitude(
    lowRank<Config>(({ alpha, rank }) => alpha / rank),
    followedLengths,
  ),
  init: withBaseMagnitudes(zeroUpdate<Config>()),
  // Gradients alone differ from DoRA's; a file that is read back is DoRA's.
  peft: loraForm({ use_dora: true }),
  learningRates: [3e-4, 1e-3, 3e-3],
});
