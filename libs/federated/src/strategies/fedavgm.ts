/** @file FedAvgM: the server moves by a momentum of what rounds change: `V ← β·V + (W − mean)`, `W ← W − η·V`. */
import { z } from 'zod';
import { difference, prefixed, under, weightedSum, zeros } from '../named.js';
import { defineStrategy } from '../strategy.js';
import { mean } from './fedavg.js';

const MOMENTUM = 'momentum:';

export const fedavgm = defineStrategy({
  name: 'fedavgm',
  title: 'FedAvg with server momentum',
  paper: {
    title: 'Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification',
    arxiv: '1909.06335',
    year: 2019,
  },
  evidence: { level: 'full' },
  summary: 'FedAvg whose server goes on in the direction of earlier rounds.',
  config: z.strictObject({
    momentum: z.number().min(0).lt(1).default(0.9).describe('Weight β of the changes of earlier rounds'),
    serverLearningRate: z.number().positive().default(1).describe('The change is multiplied by this η'),
  }),
  linear: true,
  // A momentum moves the kernels elsewhere than to their mean.
  exact: () => false,
  sites: {
    start: (tensors) => prefixed(MOMENTUM, zeros(tensors)),
    aggregate(messages, { tensors, kept }, { config }) {
      const { momentum, serverLearningRate } = config;
      const velocity = weightedSum([
        { weight: momentum, tensors: under(MOMENTUM, kept) },
        { weight: 1, tensors: difference(tensors, mean(messages)) },
      ]);
      const next = weightedSum([
        { weight: 1, tensors },
        { weight: -serverLearningRate, tensors: velocity },
      ]);
      return { tensors: next, kept: prefixed(MOMENTUM, velocity) };
    },
  },
});
