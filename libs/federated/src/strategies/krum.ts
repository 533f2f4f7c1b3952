/** @file Multi-Krum: the mean of those messages that lie nearest to others. */
import { z } from 'zod';
import { defineStrategy, type Named, type Received } from '../strategy.js';
import { mean } from './fedavg.js';

function squaredDistance(one: Named, other: Named): number {
  let sum = 0;
  for (const [path, { values }] of one) {
    const others = other.get(path)!.values;
    for (let at = 0; at < values.length; at++) sum += (values[at]! - others[at]!) ** 2;
  }
  return sum;
}

/** The sum of squared distances of each message to the nearest others, of which there are `n − attackers − 2`, at least one. */
function scores(messages: readonly Received[], attackers: number): number[] {
  const nearest = Math.max(1, messages.length - attackers - 2);
  return messages.map(({ tensors }, index) => {
    const distances = messages
      .flatMap((message, other) => (other === index ? [] : [squaredDistance(tensors, message.tensors)]))
      .sort((a, b) => a - b);
    return distances.slice(0, nearest).reduce((sum, distance) => sum + distance, 0);
  });
}

export const krum = defineStrategy({
  name: 'krum',
  title: 'Multi-Krum',
  paper: { title: 'Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent', year: 2017 },
  evidence: { level: 'full' },
  summary: 'The mean of the messages that lie nearest to others; bears a number of clients that send anything.',
  config: z.strictObject({
    attackers: z.int().min(0).default(1).describe('Clients of a round that may send anything'),
    keep: z.int().min(1).default(1).describe('Messages whose mean is taken; 1 is Krum'),
  }),
  linear: false,
  exact: () => false,
  unfit({ clients }, { keep }) {
    return keep > clients ? `strategyConfig.keep: ${keep} is more than the ${clients} clients` : undefined;
  },
  sites: {
    aggregate(messages, { kept }, { config: { attackers, keep } }) {
      const score = scores(messages, attackers);
      const order = messages.map((_, index) => index).sort((one, other) => score[one]! - score[other]! || one - other);
      const chosen = order.slice(0, keep).sort((a, b) => a - b);
      const total = chosen.reduce((sum, index) => sum + messages[index]!.share, 0);
      return {
        tensors: mean(chosen.map((index) => ({ ...messages[index]!, share: messages[index]!.share / total }))),
        kept,
      };
    },
  },
});
