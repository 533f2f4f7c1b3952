/** @file FedAvg: the mean of what clients trained, weighted by their examples. With LoRA it is FedIT. */
import type { HostTensor } from '@rankforge/peft';
import { z } from 'zod';
import { averagesExactly } from '../averages.js';
import { besidesFactors } from '../factors.js';
import { weightedSum } from '../named.js';
import { defineStrategy, type Named, type Received, type Subject } from '../strategy.js';

/** The mean of messages, weighted by examples. */
export const mean = (messages: readonly Received[]) =>
  weightedSum(messages.map(({ share, tensors }) => ({ weight: share, tensors })));

/** The mean of what is trained besides pairs of factors, such as a head, in the place of the server's; factors stay as they were. */
export function meanOfRest(messages: readonly Received[], subject: Subject, tensors: Named): Map<string, HostTensor> {
  const rest = messages.map((message) => ({ ...message, tensors: besidesFactors(subject, message.tensors) }));
  return new Map([...tensors, ...mean(rest)]);
}

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
