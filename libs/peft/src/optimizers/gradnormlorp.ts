/**
 * @file GradNormLoRP, the projection: AdamW whose moments live in a low-rank subspace of the gradient of every direction, be
 * it a kernel or the factors of its update; magnitudes and all else have moments of their own. Source: arXiv 2412.19616.
 */
import { z } from 'zod';
import { defineOptimizer, type ParameterInfo } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { projected } from '../parts/gradient/projected.js';
import { every } from '../parts/gradient/refresh.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, clockField, decayField, projectedClocks, projectedGap } from '../parts/gradient/settings.js';
import { isMatrixAbove, keptSubspace, twoSidedSubspace } from '../parts/gradient/subspace.js';
import { chain, everyParameter, partition } from '../parts/gradient/transform.js';
import { projectsOf } from '../parts/gradient/unfit.js';

const isDirection = ({ role, side, shape }: ParameterInfo) =>
  role === 'kernel' || (side !== undefined && shape.length === 2);
const isProjected = (info: ParameterInfo, rank: number) => isDirection(info) && isMatrixAbove(info, rank);
/** Words for the sides in the formula of the state. */
const sidesOf = { both: 'both sides', shorter: 'shorter side' };

export const gradnormlorp = defineOptimizer({
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
      'The formula is known from a summary of the paper. As in the authors’ fine-tuning script the factors of an update are projected each by itself, not the gradient of the whole direction; scale and gap are ours. To be chosen beside the method of the same name',
  },
  config: z.strictObject({
    subspaceRank: z.int().min(1).default(4).describe('Rank of the subspace, below that of the update'),
    gap: clockField('Steps between refreshes of the subspace', projectedClocks.gap, "GaLore's paper"),
    sides: z
      .enum(['both', 'shorter'])
      .default('both')
      .describe(
        'Gradients are projected on both sides, as in the paper, or on the shorter one, as in the authors’ code',
      ),
    scale: z.number().positive().default(1).describe('Factor of the projected updates'),
    ...adamFields,
    ...decayField,
  }),
  paperClaims: [
    {
      text: 'RoBERTa on GLUE, rank 8: 80.65; LoRA 79.23',
      source: 'arXiv 2412.19616, abstract',
      compare: { on: 'gradnormlorp', method: 'lora', optimizer: 'adamw', measure: 'score', size: { points: 1.42 } },
    },
  ],
  clocks: projectedClocks,
  usesRank: false,
  stateFormula:
    '2·size (both sides: subspaceRank·(in + out) + 2·subspaceRank²; shorter side: subspaceRank·min(in, out) + 2·subspaceRank·max(in, out))',
  stateCase: (info, { subspaceRank, sides }) => (isProjected(info, subspaceRank) ? sidesOf[sides] : undefined),
  build({ subspaceRank: rank, gap: given, sides, scale, weightDecay, ...adamConfig }) {
    const gap = projectedGap({ gap: given });
    const adam = scaleByAdam(adamConfig);
    const subspace = sides === 'both' ? twoSidedSubspace({ rank, gap }) : keptSubspace({ rank, refresh: every(gap) });
    const low = projected(adam, { subspace, scale });
    const direction = partition((info) => (isProjected(info, rank) ? low : adam));
    const suitability = projectsOf(isDirection, { rank, field: 'subspaceRank' });
    return everyParameter(chain(direction, decayWeights(weightDecay), descend()), suitability);
  },
});
