/** @file LoRA+: AdamW with a larger learning rate for the factor that starts at zero. */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo, secondBeyondLora } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { actsOnFactors } from '../parts/gradient/unfit.js';

const isOutputSide = ({ side }: ParameterInfo) => side === 'output';
/** Parameters with the larger rate, as in Python peft: the output-side factor of a low-rank update, and every vector. */
const isFast = (info: ParameterInfo) => isOutputSide(info) || info.shape.length === 1;

export const loraPlus = defineOptimizer({
  name: 'lora-plus',
  title: 'LoRA+',
  paper: { title: 'LoRA+: Efficient Low Rank Adaptation of Large Models', arxiv: '2402.12354', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      "The groups of learning rates follow Python peft where it names the factor lora_B, and take the same side of other methods' factors; the paper's results were not checked",
  },
  config: z.strictObject({
    ratio: z.number().min(1).default(16).describe('Learning rate of B and of vectors, as a multiple of that of A'),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'T5-base, five tasks of GLUE: 84.95; LoRA 82.08',
      source: 'table 1 of LoRA-MGPO',
      compare: {
        scale: { parameters: 220e6 },
        on: 'lora',
        optimizer: 'adamw',
        measure: 'score',
        size: { points: 2.87 },
      },
    },
  ],
  numbers: secondBeyondLora,
  usesRank: false,
  stateFormula: '2·size',
  inTorch: ({ ratio, weightDecay, ...settings }) => ({
    name: 'adamw',
    weightDecay,
    settings,
    multiple: (info) => (isFast(info) ? ratio : 1),
  }),
  build({ ratio, weightDecay, ...adam }) {
    const [slow, fast] = [descend(), descend(ratio)];
    const step = partition((info) => (isFast(info) ? fast : slow));
    const suitability = actsOnFactors(isOutputSide, 'moves the output-side factors of low-rank updates faster');
    return everyParameter(chain(scaleByAdam(adam), decayWeights(weightDecay), step), suitability);
  },
});
