/** @file FedAvg: the mean of what clients trained, weighted by their examples. With LoRA it is FedIT. */
import { z } from 'zod';
import { averagesExactly } from '../averages.js';
import { weightedSum } from '../named.js';
import { defineStrategy, type Received } from '../strategy.js';

/** The mean of messages, weighted by examples. */
export const mean = (messages: readonly Received[]) =>
  weightedSum(messages.map(({ share, tensors }) => ({ weight: share, tensors })));

export const fedavg = defineStrategy({
  name: 'fedavg',
  title: 'FedAvg',
  paper: {
    title: 'Communication-Efficient Learning of Deep Networks from Decentralized Data',
    arxiv: '1602.05629',
    year: 2016,
  },
  evidence: { level: 'full' },
  summary: 'The mean of everything that clients trained, weighted by their examples.',
  config: z.strictObject({}),
  linear: true,
  exact: averagesExactly,
  sites: { aggregate: (messages, { kept }) => ({ tensors: mean(messages), kept }) },
});
