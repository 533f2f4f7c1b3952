/**
 * @file FedAMD: in a round some clients are anchors, which send their gradient over a large batch, and the others miners, which move. A
 * miner's steps begin with the mean gradient of all anchors, and each adds how its own gradient has changed since the step before, on the
 * same examples: `g ← g − ∇f(x₋₁; b) + ∇f(x; b)`. The server keeps the last gradient of every client.
 */
import type { HostTensor } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { z } from 'zod';
import { termState, withTerm } from '../local-term.js';
import { difference, prefixed, under, weightedSum, zeros } from '../named.js';
import { defineStrategy, type Named, type Received } from '../strategy.js';

const MODEL = 'model:';
/** The mean of the last gradients of all clients that have sent one. */
const GRADIENT = 'gradient:';
const CHANGE = 'change:';
/** The last gradient of a client, under its place, and how many examples it has. */
const ANCHOR = 'anchor/';

const anchorOf = (client: number) => `${ANCHOR}${client}:`;
const examplesOf = (client: number) => `examples/${client}`;

/** The gradient that the optimizer of an anchor saw. */
const seen = (
  optimizer: ReadonlyMap<string, { values: Float32Array | Int32Array }>,
  like: Named,
): Map<string, HostTensor> =>
  new Map(
    [...like].map(([path, { shape, values }]) => {
      const gradient = optimizer.get(`${path}${termState('gradient')}`)?.values ?? new Float32Array(values.length);
      return [path, { shape, values: Float32Array.from(gradient) }];
    }),
  );

/** The mean of the gradients that the server keeps, by examples. */
function meanAnchor(kept: Named): Map<string, HostTensor> {
  const clients = [...kept.keys()].flatMap((name) => /^examples\/(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const weights = clients.map((client) => kept.get(examplesOf(client))!.values[0]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weightedSum(
    clients.map((client, index) => ({ weight: weights[index]! / total, tensors: under(anchorOf(client), kept) })),
  );
}

export const fedamd = defineStrategy({
  name: 'fedamd',
  title: 'FedAMD',
  paper: {
    title: 'Anchor Sampling for Federated Learning with Partial Client Participation',
    arxiv: '2206.05891',
    year: 2022,
  },
  evidence: {
    level: 'partial',
    reason:
      "Anchors and miners follow the authors' code; a client's first part is that of an anchor here, where theirs takes all first gradients before the first round, and examples weigh the clients",
  },
  summary:
    'Some clients refresh gradients over large batches, the others move along them: little variance with few participants.',
  config: z.strictObject({
    anchors: z
      .number()
      .positive()
      .lt(1)
      .default(0.5)
      .describe('Probability with which a client is an anchor in a round'),
    serverLearningRate: z.number().positive().default(1).describe('The mean change of miners is multiplied by this'),
  }),
  linear: false,
  exact: () => false,
  sites: {
    part: ({ config, own, random }) => ({
      role: own.size === 0 || random.uniform() < config.anchors ? 'anchor' : 'miner',
    }),
    atOnce: 'anchor',
    download: ({ tensors, kept }) =>
      new Map([...prefixed(MODEL, tensors), ...(kept.size > 0 ? prefixed(GRADIENT, meanAnchor(kept)) : [])]),
    downloads: (trained, { messages }) =>
      new Map(
        (messages > 0 ? [MODEL, GRADIENT] : [MODEL]).flatMap((part) =>
          [...trained].map(([path, shape]) => [`${part}${path}`, shape] as const),
        ),
      ),
    begin: ({ received }) => under(MODEL, received),
    optimizer(part, _, client) {
      if (client?.role === 'anchor') {
        return withTerm(part, {
          state: { gradient: undefined },
          // Where it stands is what counts: an anchor does not move.
          gradient: ({ gradient }) => tf.zerosLike(gradient),
          next: ({ gradient }) => ({ gradient: gradient.clone() }),
          made: 1,
        });
      }
      return withTerm(part, {
        state: {
          estimate: client && under(GRADIENT, client.received),
          before: client && under(MODEL, client.received),
        },
        besides: 'before',
        gradient: ({ gradient, beside, state }) => tf.add(tf.sub(state.estimate!, beside!), gradient),
        next: ({ term, parameter }) => ({ estimate: term.clone(), before: parameter.clone() }),
        made: 2,
        replaced: 0,
      });
    },
    // The gradient of an anchor stands for a change.
    told: ({ role, begun, trained, optimizer }) =>
      role === 'anchor' ? { begun: zeros(trained), trained: seen(optimizer, trained) } : { begun, trained },
    upload({ role, begun, trained }) {
      // A client that has been an anchor once knows it by what it keeps.
      const own = new Map([['anchored', { shape: [1], values: Float32Array.of(1) }]]);
      return { sent: prefixed(role === 'anchor' ? GRADIENT : CHANGE, difference(trained, begun)), own };
    },
    uploads: (trained, role) => {
      const prefix = role === 'anchor' ? GRADIENT : CHANGE;
      return new Map([...trained].map(([path, shape]) => [`${prefix}${path}`, shape] as const));
    },
    aggregate(messages, { tensors, kept }, { config }) {
      const next = new Map(kept);
      const miners: Received[] = [];
      for (const message of messages) {
        if (message.role !== 'anchor') {
          miners.push(message);
          continue;
        }
        for (const [path, gradient] of under(GRADIENT, message.tensors)) {
          next.set(`${anchorOf(message.client)}${path}`, gradient);
        }
        next.set(examplesOf(message.client), { shape: [1], values: Float32Array.of(message.shareOfAll) });
      }
      const moving = miners.reduce((sum, { share }) => sum + share, 0);
      if (moving === 0) return { tensors, kept: next };
      const changes = miners.map((miner) => ({
        weight: (config.serverLearningRate * miner.share) / moving,
        tensors: under(CHANGE, miner.tensors),
      }));
      return { tensors: weightedSum([{ weight: 1, tensors }, ...changes]), kept: next };
    },
  },
});
