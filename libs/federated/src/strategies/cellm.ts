/**
 * @file CELLM: sparse messages of LoRA as FLASC has them, and a server that takes a step of AdamW along the mean change of each round, at a
 * learning rate that may fall from one round to the next.
 */
import { z } from 'zod';
import { combine, prefixed, under, zeros } from '../named.js';
import { defineStrategy, type Named } from '../strategy.js';
import { mean } from './fedavg.js';
import { densities, sparseMessages } from './sparse.js';

const [FIRST, SECOND, STEPS] = ['first:', 'second:', 'steps'];
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

const moments = (steps: number, first: Named, second: Named): Named =>
  new Map([
    [STEPS, { shape: [1], values: Float32Array.of(steps) }],
    ...prefixed(FIRST, first),
    ...prefixed(SECOND, second),
  ]);

export const cellm = defineStrategy({
  name: 'cellm',
  title: 'CELLM',
  paper: {
    title: 'CELLM: An Efficient Communication in Large Language Models Training for Federated Learning',
    arxiv: '2407.20557',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      "No code of its authors was found: messages and the server's AdamW follow the code of FLASC; examples weigh the clients, and a head is not kept apart",
  },
  summary: 'Sends the largest numbers of LoRA and of its changes, which the server follows by AdamW.',
  config: z.strictObject({
    ...densities,
    serverLearningRate: z.number().positive().default(5e-3).describe("Learning rate of the server's AdamW"),
    decay: z.number().positive().max(1).default(1).describe('Factor of that rate from one round to the next'),
    weightDecay: z.number().min(0).default(0.01).describe('Decoupled decay of the adapter at the server'),
  }),
  linear: true,
  // A step of AdamW moves the kernels elsewhere than to their mean.
  exact: () => false,
  sites: {
    ...sparseMessages,
    start: (tensors) => moments(0, zeros(tensors), zeros(tensors)),
    aggregate(messages, { tensors, kept }, { config, round }) {
      const { serverLearningRate, decay, weightDecay } = config;
      const change = mean(messages);
      const rate = serverLearningRate * decay ** round;
      const first = combine([under(FIRST, kept), change], ([m, by]) => beta1 * m! + (1 - beta1) * by!);
      const second = combine([under(SECOND, kept), change], ([v, by]) => beta2 * v! + (1 - beta2) * by! ** 2);
      // A round that failed was no step.
      const steps = kept.get(STEPS)!.values[0]! + 1;
      const [bias1, bias2] = [1 - beta1 ** steps, 1 - beta2 ** steps];
      const next = combine(
        [tensors, first, second],
        ([value, m, v]) =>
          value! * (1 - rate * weightDecay) + (rate * (m! / bias1)) / (Math.sqrt(v! / bias2) + epsilon),
      );
      return { tensors: next, kept: moments(steps, first, second) };
    },
  },
});
