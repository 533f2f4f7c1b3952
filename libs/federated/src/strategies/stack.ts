/**
 * @file FLoRA: factors of clients are stacked and not averaged, so that their product is the mean update. All clients merge it into their
 * base, and begin the next round with factors that are drawn anew.
 */
import type { HostTensor } from '@rankforge/peft';
import { z } from 'zod';
import { besidesFactors, factorPairs, matrixOf, stackedFactors, tensorOf, withoutPairs } from '../factors.js';
import { prefixed, under } from '../named.js';
import { defineStrategy } from '../strategy.js';
import { meanOfRest } from './fedavg.js';

/** The prefix of what is trained besides the factors, such as a head. */
const REST = 'rest:';
/** The prefix of factors of the round before, which clients merge. */
const STACKED = 'stacked:';
/** The prefix of updates of kernels by all rounds, as clients have merged them. */
const MERGED = 'merged:';

export const stack = defineStrategy({
  name: 'stack',
  title: 'FLoRA',
  paper: {
    title: 'FLoRA: Federated Fine-Tuning Large Language Models with Heterogeneous Low-Rank Adaptations',
    arxiv: '2409.05976',
    year: 2024,
  },
  evidence: { level: 'full' },
  summary:
    'Stacks the factors of clients, merges them into the base and begins anew: exact, with a download that grows with the clients.',
  config: z.strictObject({}),
  linear: false,
  exact: () => true,
  ownRanks: true,
  unfit(subject) {
    if (factorPairs(subject) === undefined) return withoutPairs(subject);
    const { method } = subject;
    const { calibration, init, weight } = method;
    if (!calibration && !init?.leavesResidual && !init?.changesKernel && !weight?.replacesKernel) return undefined;
    return `method: ${method.name} makes its factors of the base or of data, so that they cannot be drawn anew after a merge: choose one such as LoRA, or a strategy that merges nothing, such as FlexLoRA`;
  },
  sites: {
    receivers: 'all',
    download: ({ tensors, kept }, { subject }) =>
      new Map([...prefixed(REST, besidesFactors(subject, tensors)), ...prefixed(STACKED, under(STACKED, kept))]),
    downloads: (trained, { subject, messages }) =>
      new Map([
        ...[...besidesFactors(subject, trained)].map(([path, shape]) => [`${REST}${path}`, shape] as const),
        ...(messages === 0 ? [] : factorPairs(subject)!).flatMap(({ layer: { shape }, a, b, rank }) => [
          [`${STACKED}${a}`, [shape.in, rank * messages]] as const,
          [`${STACKED}${b}`, [rank * messages, shape.out]] as const,
        ]),
      ]),
    begin: ({ received, fresh }) => new Map([...fresh(), ...under(REST, received)]),
    aggregate(messages, { tensors, kept }, { subject }) {
      const next = new Map<string, HostTensor>();
      for (const pair of factorPairs(subject)!) {
        const { layer, a, b } = pair;
        const { left, right } = stackedFactors(messages, pair);
        next.set(`${STACKED}${a}`, tensorOf(left));
        next.set(`${STACKED}${b}`, tensorOf(right));
        const update = left.mmul(right);
        const before = kept.get(`${MERGED}${layer.path}`);
        next.set(`${MERGED}${layer.path}`, tensorOf(before ? update.add(matrixOf(before)) : update));
      }
      return { tensors: meanOfRest(messages, subject, tensors), kept: next };
    },
    kernels: ({ kept }) => under(MERGED, kept),
  },
});
