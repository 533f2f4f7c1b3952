/**
 * @file ALLoRA: AdamW whose learning rate falls with the length of what it moves, so that a factor that starts at zero
 * is moved in large steps first. Meant for LoRA without dropout and with alpha equal to the rank.
 */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo, secondBeyondLora } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter, partition, sizeOf, type Transform } from '../parts/gradient/transform.js';
import { actsOnFactors } from '../parts/gradient/unfit.js';
import { chain as inTurn } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';

/**
 * Multiplies each column `w` of a rank-2 update by `1 / √(‖w‖ + 1/η²)`: by η where the column of the parameter is zero.
 * After Adam, not before it: Adam divides a factor of the gradient out again.
 */
function scaleByLength(eta: number): Transform {
  return {
    state: () => ({}),
    apply: ({ update, parameter }) => ({
      update: tf.tidy(() => {
        const lengths = tf.tidy(() => tf.sqrt(tf.sum(tf.square(parameter()), 0)));
        const factors = inTurn(lengths, (t) => tf.add(t, 1 / eta ** 2), tf.rsqrt);
        return tf.mul(update, factors);
      }),
    }),
    workspace: (info) => sizeOf(info.shape) + 2 * (info.shape[1] ?? 0),
  };
}

export const allora = defineOptimizer({
  name: 'allora',
  title: 'ALLoRA',
  paper: { title: 'ALLoRA: Adaptive Learning Rate Mitigates LoRA Fatal Flaws', arxiv: '2410.09692', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      'No code is published; the formula is that of third-party optimizers. Open: whether the length is squared, and whether A is scaled too (here: if you say so). They scale the gradient; here the step of Adam is scaled, because Adam would cancel a factor of the gradient',
  },
  config: z.strictObject({
    eta: z
      .number()
      .positive()
      .default(2)
      .describe('Factor of the learning rate where the factor B is zero; it falls with the length of the columns'),
    applyToA: z.boolean().default(false).describe('Whether the factor A is treated so too'),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'Better accuracy than LoRA, Llama 3 included',
      source: 'arXiv 2410.09692, abstract',
      compare: { on: 'lora', optimizer: 'adamw', measure: 'score' },
    },
    {
      text: 'Better accuracy than DoRA, Llama 3 included',
      source: 'arXiv 2410.09692, abstract',
      compare: { on: 'lora', method: 'dora', optimizer: 'adamw', measure: 'score' },
    },
  ],
  numbers: secondBeyondLora,
  usesRank: false,
  stateFormula: '2·size',
  build({ eta, applyToA, weightDecay, ...adam }) {
    const isScaled = ({ side, shape }: ParameterInfo) =>
      shape.length === 2 && (side === 'output' || (applyToA && side === 'input'));
    const plain = scaleByAdam(adam);
    const adaptive = chain(plain, scaleByLength(eta));
    const direction = partition((info) => (isScaled(info) ? adaptive : plain));
    const suitability = actsOnFactors(isScaled, 'scales the steps of low-rank factors that are matrices');
    return everyParameter(chain(direction, decayWeights(weightDecay), descend()), suitability);
  },
});
