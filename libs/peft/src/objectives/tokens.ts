/** @file Parts that objectives over next tokens share. */
import { counted, largestOf } from './answers.js';
import { perplexity } from './metrics/tokens.js';
import type { Objective } from './objective.js';

export const nextTokens = {
  on: 'vocabulary',
  outputs: () => undefined,
  answer: largestOf,
  sumsOver: 'units',
  count: ({ targets }) => counted(targets),
  loss: (graph, hidden) => graph.tokenCrossEntropy(hidden),
  score: (losses, { targets, sequence, size }) => ({
    loss: Float64Array.from({ length: size }, (_, row) => {
      const from = row * sequence;
      const sum = losses.subarray(from, from + sequence).reduce((total, loss) => total + loss, 0);
      return Math.fround(sum / counted(targets.subarray(from, from + sequence)));
    }),
  }),
  metrics: [perplexity],
} satisfies Partial<Objective>;
