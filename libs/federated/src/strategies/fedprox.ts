/** @file FedProx: FedAvg whose clients are drawn towards what they received, by `μ/2 · ‖w − w₀‖²` in their loss. */
import { tf } from '@rankforge/peft/engine';
import { z } from 'zod';
import { averagesExactly } from '../averages.js';
import { withTerm } from '../local-term.js';
import { defineStrategy } from '../strategy.js';
import { mean } from './fedavg.js';

export const fedprox = defineStrategy({
  name: 'fedprox',
  title: 'FedProx',
  paper: { title: 'Federated Optimization in Heterogeneous Networks', arxiv: '1812.06127', year: 2018 },
  evidence: { level: 'full' },
  summary: 'FedAvg whose clients are drawn towards what they began with.',
  config: z.strictObject({
    mu: z
      .number()
      .min(0)
      .default(0.1)
      .describe('Weight μ of half the squared distance from what a client received; 0 is FedAvg'),
  }),
  linear: true,
  exact: averagesExactly,
  sites: {
    optimizer: (part, { mu }, client) =>
      withTerm(part, {
        state: { anchor: client?.received },
        gradient: ({ gradient, parameter, state }) => tf.add(gradient, tf.mul(tf.sub(parameter, state.anchor!), mu)),
        made: 3,
      }),
    aggregate: (messages, { kept }) => ({ tensors: mean(messages), kept }),
  },
});
