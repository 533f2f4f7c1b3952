/** @file Trimmed mean: of every number the largest and the smallest are left out before the mean is taken. */
import { z } from 'zod';
import { combine } from '../named.js';
import { defineStrategy } from '../strategy.js';

export const trimmedMean = defineStrategy({
  name: 'trimmed-mean',
  title: 'Trimmed mean',
  paper: { title: 'Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates', year: 2018 },
  evidence: { level: 'full' },
  summary:
    'The mean of every number without its largest and smallest values; bears a share of clients that send anything.',
  config: z.strictObject({
    cut: z
      .number()
      .min(0)
      .lt(0.5)
      .default(0.2)
      .describe('Share of the clients that is left out at each end, rounded down'),
  }),
  linear: false,
  exact: () => false,
  sites: {
    aggregate(messages, { kept }, { config: { cut } }) {
      const each = Math.floor(cut * messages.length);
      const tensors = combine(
        messages.map(({ tensors }) => tensors),
        (values) => {
          const left = values.toSorted((a, b) => a - b).slice(each, values.length - each);
          return left.reduce((sum, value) => sum + value, 0) / left.length;
        },
      );
      return { tensors, kept };
    },
  },
});
