/**
 * @file SCAFFOLD: clients correct their gradients by `c − cᵢ`, the difference of the server's control variate and their own. A client's
 * next one is the mean of the gradients of its steps, which under plain SGD is the paper's option II and holds for any optimizer.
 */
import type { HostState, HostTensor } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { z } from 'zod';
import { averagesExactly } from '../averages.js';
import { termState, withTerm } from '../local-term.js';
import { difference, prefixed, under, weightedSum, zeros } from '../named.js';
import { defineStrategy, type Layout, type Named, type Received } from '../strategy.js';

const CONTROL = 'control:';
const MODEL = 'model:';

/** The mean of the gradients that a client's steps were given. */
function meanGradient(optimizer: ReadonlyMap<string, HostState>, like: Named, steps: number): Map<string, HostTensor> {
  return new Map(
    [...like].map(([path, { shape, values }]) => {
      const sum = optimizer.get(`${path}${termState('gradients')}`)?.values ?? new Float32Array(values.length);
      return [path, { shape, values: Float32Array.from(sum, (value) => value / steps) }];
    }),
  );
}

const control = (tensors: Named) => under(CONTROL, tensors);

/** Layout of everything that is trained, and of a control variate for each. */
const modelAndControl = (trained: Layout): Layout =>
  new Map([MODEL, CONTROL].flatMap((part) => [...trained].map(([path, shape]) => [`${part}${path}`, shape] as const)));

export const scaffold = defineStrategy({
  name: 'scaffold',
  title: 'SCAFFOLD',
  paper: {
    title: 'SCAFFOLD: Stochastic Controlled Averaging for Federated Learning',
    arxiv: '1910.06378',
    year: 2019,
  },
  evidence: { level: 'full' },
  summary: 'FedAvg whose clients subtract how their own gradients differ from those of all; sends twice as much.',
  config: z.strictObject({}),
  linear: true,
  exact: averagesExactly,
  sites: {
    start: (tensors) => prefixed(CONTROL, zeros(tensors)),
    download: ({ tensors, kept }) => new Map([...prefixed(MODEL, tensors), ...kept]),
    downloads: modelAndControl,
    begin: ({ received }) => under(MODEL, received),
    optimizer(part, _, client) {
      const [server, own] = [client && control(client.received), client && control(client.own)];
      return withTerm(part, {
        state: {
          correction: server && (own!.size > 0 ? difference(server, own!) : server),
          gradients: undefined,
        },
        gradient: ({ gradient, state }) => tf.add(gradient, state.correction!),
        next: ({ gradient, state }) => ({ gradients: tf.add(state.gradients!, gradient) }),
        made: 1,
      });
    },
    upload({ own, trained, optimizer, steps }) {
      const before = own.size > 0 ? control(own) : zeros(trained);
      const after = meanGradient(optimizer, trained, steps);
      return {
        sent: new Map([...prefixed(MODEL, trained), ...prefixed(CONTROL, difference(after, before))]),
        own: prefixed(CONTROL, after),
      };
    },
    uploads: modelAndControl,
    aggregate(messages, { kept }) {
      const part = (prefix: string, weight: (message: Received) => number) =>
        messages.map((message) => ({ weight: weight(message), tensors: under(prefix, message.tensors) }));
      return {
        tensors: weightedSum(part(MODEL, ({ share }) => share)),
        // The server's control variate stays the mean of those of all clients.
        kept: prefixed(
          CONTROL,
          weightedSum([{ weight: 1, tensors: control(kept) }, ...part(CONTROL, ({ shareOfAll }) => shareOfAll)]),
        ),
      };
    },
  },
});
