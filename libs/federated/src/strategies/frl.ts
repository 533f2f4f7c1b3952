/**
 * @file FRL: clients send the order in which they hold the entries of a mask's scores, and the server adds up the places (a Borda count): one
 * client moves an entry by so many places and no further, whatever it sends. The scores of the next round are the first ones, dealt in the
 * order of the sums.
 */
import type { HostState, HostTensor } from '@rankforge/peft';
import { sizeOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineStrategy, type Packing, type Subject } from '../strategy.js';
import { mean } from './fedavg.js';

/** First scores of a tensor by their size, ascending. */
const FIRST = 'first:';
/** Places of entries, in the place of their scores. */
const PLACES = 'places:';

const orderedPaths = ({ plan }: Subject): ReadonlySet<string> =>
  new Set(plan.adapters.filter(({ ordered }) => ordered).map(({ path }) => path));

/** Entries from the least to the largest by `key`, the first of equals first. */
const ascending = (length: number, key: (at: number) => number): number[] =>
  Array.from({ length }, (_, at) => at).sort((one, other) => key(one) - key(other) || one - other);

/** The place of every entry among the others, 0 the least in size. */
function placesOf({ shape, values }: HostTensor): HostTensor {
  const places = new Float32Array(values.length);
  const order = ascending(values.length, (at) => Math.abs(values[at]!));
  order.forEach((at, place) => {
    places[at] = place;
  });
  return { shape, values: places };
}

/** Bits that a place takes. */
const widthOf = (entries: number) => Math.max(1, Math.ceil(Math.log2(entries)));

/** Places one after another, each with as many bits as the largest needs. */
const packed: Packing<unknown> = {
  pack: (tensors) =>
    new Map(
      [...tensors].map(([path, tensor]): [string, HostState] => {
        if (!path.startsWith(PLACES)) return [path, tensor];
        const { values } = tensor;
        const width = widthOf(values.length);
        const words = new Int32Array(Math.ceil((values.length * width) / 32));
        values.forEach((place, index) => {
          for (let bit = 0; bit < width; bit++) {
            const at = index * width + bit;
            if ((place >>> bit) & 1) words[at >>> 5]! |= 1 << (at & 31);
          }
        });
        return [path, { shape: [words.length], values: words }];
      }),
    ),
  unpack: (sent, layout) =>
    new Map(
      [...layout].map(([path, shape]): [string, HostTensor] => {
        const message = sent.get(path);
        if (message === undefined) throw new RangeError(`a message of places has no ${path}`);
        if (!path.startsWith(PLACES)) return [path, message as HostTensor];
        const entries = sizeOf(shape);
        const width = widthOf(entries);
        const words = message.values;
        if (!(words instanceof Int32Array) || words.length !== Math.ceil((entries * width) / 32)) {
          throw new RangeError(`${path} is to hold ${entries} places of ${width} bits, got ${words.length} words`);
        }
        const values = new Float32Array(entries);
        const taken = new Uint8Array(entries);
        for (let index = 0; index < entries; index++) {
          let place = 0;
          for (let bit = 0; bit < width; bit++) {
            const at = index * width + bit;
            place |= ((words[at >>> 5]! >>> (at & 31)) & 1) << bit;
          }
          if (place >= entries || taken[place]) {
            throw new RangeError(
              `${path} is no order: it has place ${place} ${taken[place] ? 'twice' : `of ${entries}`}`,
            );
          }
          taken[place] = 1;
          values[index] = place;
        }
        return [path, { shape: [...shape], values }];
      }),
    ),
};

/** Float32 holds whole numbers up to here. */
const most = 2 ** 24;

export const frl = defineStrategy({
  name: 'frl',
  title: 'FRL',
  paper: {
    title: 'Every Vote Counts: Ranking-Based Training of Federated Learning to Resist Poisoning Attacks',
    arxiv: '2110.04350',
    year: 2021,
  },
  evidence: {
    level: 'partial',
    reason:
      "Votes and scores follow the authors' code, but scores are compared by their size throughout, where theirs sorts them with their signs; clients receive scores and not an order, and a head is averaged",
  },
  summary:
    'Clients vote by the order of their scores on which entries of a mask are kept; bears clients that send any order.',
  config: z.strictObject({}),
  linear: false,
  exact: () => false,
  unfit(subject) {
    const ordered = orderedPaths(subject);
    const { method, plan } = subject;
    const other = plan.adapters.find(({ path, trained }) => trained && !ordered.has(path));
    if (ordered.size === 0 || other) {
      return `method: ${method.name} trains ${other ? other.path : 'no scores'}, whose values count and not their order: choose a method that trains a mask, such as supermask, or a strategy that averages, such as FedAvg`;
    }
    const large = plan.adapters.find(({ shape }) => sizeOf(shape) > most);
    return large && `method: ${large.path} has more than ${most} entries, whose places cannot be told apart`;
  },
  sites: {
    start: (tensors, { subject }) => {
      const ordered = orderedPaths(subject);
      return new Map(
        [...tensors].flatMap(([path, { values }]) =>
          ordered.has(path)
            ? [[`${FIRST}${path}`, { shape: [values.length], values: values.map(Math.abs).sort() }] as const]
            : [],
        ),
      );
    },
    up: packed,
    upload({ subject, trained }) {
      const ordered = orderedPaths(subject);
      const sent = [...trained].map(([path, tensor]): [string, HostTensor] =>
        ordered.has(path) ? [`${PLACES}${path}`, placesOf(tensor)] : [path, tensor],
      );
      return { sent: new Map(sent) };
    },
    uploads: (trained, _, subject) => {
      const ordered = orderedPaths(subject);
      return new Map([...trained].map(([path, shape]) => [ordered.has(path) ? `${PLACES}${path}` : path, shape]));
    },
    aggregate(messages, { tensors: before, kept }, { subject }) {
      const ordered = orderedPaths(subject);
      const rest = messages.map((message) => ({
        ...message,
        tensors: new Map([...message.tensors].filter(([path]) => !path.startsWith(PLACES))),
      }));
      const heads = mean(rest);
      const tensors = new Map<string, HostTensor>();
      for (const [path, { shape }] of before) {
        if (!ordered.has(path)) {
          tensors.set(path, heads.get(path)!);
          continue;
        }
        const votes = messages.map(({ tensors }) => tensors.get(`${PLACES}${path}`)!.values);
        const sum = (at: number) => votes.reduce((total, places) => total + places[at]!, 0);
        const first = kept.get(`${FIRST}${path}`)!.values;
        const values = new Float32Array(first.length);
        ascending(first.length, sum).forEach((at, place) => {
          values[at] = first[place]!;
        });
        tensors.set(path, { shape, values });
      }
      return { tensors, kept };
    },
  },
});
