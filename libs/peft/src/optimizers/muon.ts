/** @file Muon: the momentum of a matrix with its singular values made about equal; AdamW for everything that is none. */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { nesterovAverage } from '../parts/gradient/average.js';
import { orthogonalize } from '../parts/gradient/orthogonal.js';
import { decayWeights, descend, scaleByShape } from '../parts/gradient/scale.js';
import { decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';

const notHidden = ['embedding', 'position-embedding', 'head'];

/** Matrices inside the model: kernels and factors of adapters. */
const isHidden = ({ role, shape }: ParameterInfo) => shape.length === 2 && !notHidden.includes(role);

const withoutMatrices = (parameters: readonly ParameterInfo[]): string | undefined => {
  if (parameters.some(isHidden)) return undefined;
  const [first] = parameters;
  return `it makes singular values of matrices inside the model equal, and none is trained (${first?.path} [${first?.shape}] is a ${first?.role}): choose a method that trains some, or AdamW`;
};

export const muon = defineOptimizer({
  name: 'muon',
  title: 'Muon',
  paper: { title: 'Muon: An optimizer for hidden layers in neural networks', year: 2024 },
  config: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.95).describe('Decay of the momentum of matrices'),
    steps: z.int().min(1).max(20).default(5).describe('Newton–Schulz steps'),
    adamRatio: z
      .number()
      .positive()
      .default(0.015)
      .describe('Learning rate of what is no hidden matrix, as a multiple of that of matrices'),
    beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment of what is no hidden matrix'),
    beta2: z.number().min(0).lt(1).default(0.95).describe('Decay of its second moment'),
    epsilon: z.number().positive().default(1e-10).describe('Added to the root of its second moment'),
    ...decayField,
  }),
  usesRank: false,
  stateFormula: '2·size (inner matrix: size)',
  stateCase: (info) => (isHidden(info) ? 'inner matrix' : undefined),
  ignoresScale: true,
  build({ momentum, steps, adamRatio, weightDecay, ...adam }) {
    const decay = decayWeights(weightDecay);
    const matrices = chain(
      nesterovAverage(momentum),
      orthogonalize(steps),
      scaleByShape(([inputs, outputs]) => Math.sqrt(Math.max(1, outputs! / inputs!))),
      decay,
      descend(),
    );
    const others = chain(scaleByAdam(adam), decay, descend(adamRatio));
    return everyParameter(
      partition((info) => (isHidden(info) ? matrices : others)),
      { unfit: withoutMatrices },
    );
  },
});
