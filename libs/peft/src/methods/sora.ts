/**
 * @file SoRA: LoRA with a gate for each rank, which a proximal step keeps sparse. Source: arXiv 2311.11696.
 * The proximal step is the paper's soft threshold. In the authors' code three assignments in turn also zero what lies
 * between one and two thresholds; as there, the threshold is not multiplied by the learning rate.
 */
import type { Scalar } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type PenaltyPart } from '../method.js';
import { openGates } from '../parts/init/gated.js';
import { inStages, proximalGate } from '../parts/rank/proximal.js';
import { alphaField } from '../parts/weight/alpha.js';
import { gated } from '../parts/weight/gated.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank of every layer at the start'),
  alpha: alphaField('The update is multiplied by alpha / rank, whatever rank is left'),
  threshold: z
    .number()
    .min(0)
    .default(3e-4)
    .describe('Every step moves each gate towards 0 by this, and no further than 0'),
  finalThreshold: z.number().min(0).optional().describe('Threshold of the last stage. Default: it stays the same'),
  stages: z.int().min(2).default(7).describe('Stages of equal length in which the threshold goes to the final one'),
  sparsity: z.number().min(0).default(10).describe('Weight of the mean size of the gates, which is added to the loss'),
});
type Config = z.infer<typeof config>;

const gate = 'gate';

const thresholdAt = ({ threshold, finalThreshold = threshold, stages }: Config, step: number, totalSteps: number) =>
  inStages({ first: threshold, last: finalThreshold, stages }, step - 1, totalSteps);

/** `λ · mean |g|` over all gates of the model. */
const meanGate: PenaltyPart<Config> = {
  penalty(layers, { sparsity }) {
    const gates = tf.concat(layers.map((tensors) => tensors[gate]!));
    return tf.mul(tf.mean(tf.abs(gates)), sparsity) as Scalar;
  },
  reads: [gate],
  multiplies: () => [],
  // The joined gates, and the factor.
  activations: (layers, { rank }) => layers.length * rank + 1,
};

export const sora = defineMethod({
  name: 'sora',
  title: 'SoRA',
  paper: { title: 'Sparse Low-rank Adaptation of Pre-trained Language Models', arxiv: '2311.11696', year: 2023 },
  evidence: {
    level: 'partial',
    reason:
      "The proximal step is the paper's, the rest follows the authors' code; the paper's results were not checked",
  },
  paperClaims: [
    {
      text: 'Outperforms its baselines with 70 % of the parameters and 70 % of the training time',
      source: 'arXiv 2311.11696, abstract',
      compare: { method: 'lora', measure: 'score' },
    },
  ],
  summary: 'Starts at a large rank and closes, during training, the gates of the ranks that a layer does not need.',
  parameterFormula: 'r·(in + out + 1)',
  memoryFormula: '4·trained + rows·(in + 2·r) + r + 1',
  config,
  usesRank: true,
  startsAtBase: true,
  weight: gated<Config>({ gate, rank: ({ rank }) => rank, scale: ({ config: { alpha, rank } }) => alpha / rank }),
  init: openGates(gate),
  rank: proximalGate({ gate, threshold: thresholdAt }),
  penalty: meanGate,
  learningRates: [3e-4, 1e-3, 3e-3],
});
