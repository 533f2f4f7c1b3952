/**
 * @file CoDyRA: LoRA with a gate for each rank; all ranks are trained for the first part of a run, and a threshold that
 * rises in stages closes the less important ones in the rest. Source: arXiv 2412.01004.
 * One trial is one task of the paper's sequence: merging the adapter and training the next on the merged model goes on.
 * `trainInStages` trains a stream of tasks on one adapter, without merging.
 */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { openGates } from '../parts/init/gated.js';
import { inStages, proximalGate } from '../parts/rank/proximal.js';
import { gated } from '../parts/weight/gated.js';

const config = z.strictObject({
  rank: z.int().min(1).default(16).describe('Rank of every layer at the start'),
  dense: z.number().min(0).max(1).default(0.5).describe('Share of the steps at the start in which no gate is closed'),
  threshold: z
    .number()
    .min(0)
    .default(0.005)
    .describe('Threshold of the last stage: every step moves each gate towards 0 by this'),
  stages: z.int().min(2).default(5).describe('Stages of equal length in which the threshold rises from 0'),
});
type Config = z.infer<typeof config>;

const gate = 'gate';

/** 0 in the dense part, then `linspace(0, threshold, stages)` over the rest. */
function thresholdAt({ dense, threshold, stages }: Config, step: number, totalSteps: number): number {
  const first = Math.trunc(dense * totalSteps);
  if (step <= first) return 0;
  return inStages({ first: 0, last: threshold, stages }, step - first - 1, totalSteps - first);
}

export const codyra = defineMethod({
  name: 'codyra',
  title: 'CoDyRA',
  paper: {
    title:
      'Adaptive Rank, Reduced Forgetting: Knowledge Retention in Continual Learning Vision-Language Models with Dynamic Rank-Selective LoRA',
    arxiv: '2412.01004',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Made from a part of the authors’ code. The number of stages of the threshold is a guess. The soft threshold is the intended one: the code also closes gates between one and two thresholds',
  },
  summary: 'Trains all ranks first, then closes the gates of those that matter least; meant for task after task.',
  parameterFormula: 'r·(in + out + 1)',
  memoryFormula: '4·trained + rows·(in + 2·r) + r + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: gated<Config>({ gate, rank: ({ rank }) => rank, scale: () => 1 }),
  init: openGates(gate),
  rank: proximalGate({ gate, threshold: thresholdAt }),
  learningRates: [3e-4, 1e-3, 3e-3],
});
