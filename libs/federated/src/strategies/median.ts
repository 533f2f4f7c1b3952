/** @file The median of every number over the clients. */
import { z } from 'zod';
import { combine } from '../named.js';
import { defineStrategy } from '../strategy.js';

export const median = defineStrategy({
  name: 'median',
  title: 'Median',
  paper: { title: 'Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates', year: 2018 },
  evidence: { level: 'full' },
  summary: 'The median of every number over the clients; bears up to half of them sending anything.',
  config: z.strictObject({}),
  linear: false,
  exact: () => false,
  sites: {
    aggregate(messages, { kept }) {
      const tensors = combine(
        messages.map(({ tensors }) => tensors),
        (values) => {
          const sorted = values.toSorted((a, b) => a - b);
          const middle = sorted.length / 2;
          return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
        },
      );
      return { tensors, kept };
    },
  },
});
