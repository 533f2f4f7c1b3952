/** @file Bytes that a federation will send: the lengths of its messages follow from shapes, and nothing is run. */
import { safetensorsHeader } from '@rankforge/peft';
import { sizeOf } from '@rankforge/peft/extension';
import type { Traffic } from './counted.js';
import type { FederationOptions } from './federation-options.js';
import { messageMetadata } from './message.js';
import { fixedNumber } from './participation.js';
import { secureLayouts } from './secure-round.js';
import { SEALED_BYTES } from './shares.js';
import { checkedLayout } from './site-masks.js';
import type { Layout, Packing, Rounds, Strategy, Subject } from './strategy.js';

export interface TrafficInput {
  strategy: Strategy;
  /** Parsed by the strategy's schema. */
  strategyConfig: unknown;
  federation: FederationOptions;
  /** Method, shapes and the number of clients, each with the rank of the configuration. */
  subject: Subject;
  /** Masks are agreed on by keys that are known before the first round, which costs no message. Default: by keys of each round. */
  keyed?: boolean;
}

/** Bytes of all messages of all rounds, and of those before the first. */
export interface PredictedTraffic extends Traffic {
  setUp: Traffic;
}

/** Any identity has as many digits. */
const identity = '0'.repeat(32);
const nothing: PredictedTraffic = { down: 0, up: 0, setUp: { down: 0, up: 0 } };

/**
 * Bytes that the messages of a federation will have. They are exact where as many clients take part in every round and none is lost, but for
 * strategies that draw what a client does, and for clients with smaller ranks of their own, of which they are a bound; where each client takes part by itself, they are those of the number that is expected.
 * Where not all of more than ten clients take part, the first are counted, and the digits of other places are not known.
 *
 * @example predictTraffic({ strategy: findStrategy('fedavg'), strategyConfig: {}, federation, subject }).up
 */
export function predictTraffic({
  strategy,
  strategyConfig: config,
  federation,
  subject,
  keyed = false,
}: TrafficInput): PredictedTraffic {
  const { sites } = strategy;
  if (typeof sites === 'string') return nothing;
  const { clients } = subject;
  const { rounds, participation, secureAggregation } = federation;
  const messages = participation.sampling === 'fixed' ? fixedNumber(clients, participation.share) : undefined;
  const expected = messages ?? participation.share * clients;
  const sent = 1 - federation.lost;
  const trained: Layout = new Map(subject.plan.info.map(({ path, shape }) => [path, shape]));
  const lengths = new Lengths(config);
  const download = (round: number, client: number) => {
    const given = { subject, messages: round === 0 ? 0 : Math.max(1, Math.round(sent * expected)) };
    const layout = sites.downloads?.(trained, given) ?? trained;
    return layout.size === 0 && sites.receivers === 'all'
      ? 0
      : lengths.of(`down ${given.messages}`, layout, { packing: sites.down, round, client, direction: 'down' });
  };
  const uploaded = sites.uploads?.(trained, undefined, subject) ?? trained;
  const upload = (round: number, client: number) =>
    lengths.of('up', secureAggregation && keyed ? checkedLayout(uploaded) : uploaded, {
      packing: secureAggregation ? undefined : sites.up,
      round,
      client,
      direction: 'up',
    });
  const setUp = { ...beforeRounds(lengths, subject), up: gradients(lengths, subject) };
  const sum = { down: setUp.down, up: setUp.up };
  const share = expected / Math.ceil(expected);
  const taking = Math.ceil(expected);
  if (sites.receivers === 'all') setUp.down += overClients(clients, (client) => download(0, client));
  if (sites.receivers === 'all') sum.down = setUp.down;
  for (let round = 0; round < rounds; round++) {
    sum.up += sent * share * overClients(taking, (client) => upload(round, client));
    sum.down +=
      sites.receivers === 'all'
        ? overClients(clients, (client) => download(round + 1, client))
        : share * overClients(taking, (client) => download(round, client));
    if (!secureAggregation || keyed) continue;
    const { up, down } = secureLayouts(taking, SEALED_BYTES);
    const ofAll = (layouts: readonly Layout[], direction: 'up' | 'down') =>
      layouts.reduce((total, layout, kind) => {
        const one = { packing: undefined, round, direction };
        return (
          total + overClients(taking, (client) => lengths.of(`${direction} secure ${kind}`, layout, { ...one, client }))
        );
      }, 0);
    sum.up += share * ofAll(up, 'up');
    sum.down += share * ofAll(down, 'down');
  }
  return { down: Math.round(sum.down), up: Math.round(sum.up), setUp };
}

const overClients = (clients: number, bytes: (client: number) => number): number =>
  Array.from({ length: clients }, (_, client) => bytes(client)).reduce((sum, one) => sum + one, 0);

/** Frozen tensors and first values, which every client receives once. */
function beforeRounds(lengths: Lengths, { method, plan, clients }: Subject): Traffic {
  const frozen = plan.adapters.filter(({ trained }) => !trained);
  const first = method.calibration && method.init?.kernelFrom ? plan.adapters : [];
  const layout: Layout = new Map([
    ...frozen.map(({ path, shape }) => [path, shape] as const),
    ...first.map(({ path, shape }) => [`first:${path}`, shape] as const),
  ]);
  if (layout.size === 0) return { down: 0, up: 0 };
  const one = { packing: undefined, round: 0, direction: 'down' as const };
  return { down: overClients(clients, (client) => lengths.of('frozen', layout, { ...one, client })), up: 0 };
}

/** Gradients that first values are made of, which every client sends once. */
function gradients(lengths: Lengths, { method, config, plan, clients }: Subject): number {
  if (method.calibration?.(config) === undefined) return 0;
  const layout: Layout = new Map(plan.layers.map(({ path, shape }) => [path, [shape.in, shape.out]]));
  const one = { packing: undefined, round: 0, direction: 'up' as const };
  return overClients(clients, (client) => lengths.of('gradients', layout, { ...one, client }));
}

interface MessageKind {
  packing: Packing<unknown> | undefined;
  round: number;
  client: number;
  direction: 'down' | 'up';
}

/** Lengths of messages. Those of one kind differ by the digits of their round and their client alone. */
class Lengths {
  private readonly known = new Map<string, number>();

  constructor(private readonly config: unknown) {}

  of(kind: string, layout: Layout, { packing, round, client, direction }: MessageKind): number {
    const key = `${kind} ${String(round).length} ${String(client).length}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const shapes = packing ? packedShapes(packing, layout, this.config) : wholeShapes(layout);
    const entries = shapes.map(([name, dtype, shape]) => {
      return [name, { dtype, shape, bytes: 4 * sizeOf(shape) }] as const;
    });
    const header = safetensorsHeader(
      new Map(entries),
      messageMetadata({ federation: identity, round, client, direction }),
    );
    const length = entries.reduce((sum, [, { bytes }]) => sum + bytes, header.length);
    this.known.set(key, length);
    return length;
  }
}

type Shapes = (readonly [name: string, dtype: string, shape: readonly number[]])[];

const wholeShapes = (layout: Layout): Shapes => [...layout].map(([path, shape]) => [path, 'F32', shape] as const);

/** Packs numbers of no meaning: how many are left follows from how many there are. */
function packedShapes(packing: NonNullable<Rounds<unknown>['up']>, layout: Layout, config: unknown): Shapes {
  const tensors = new Map(
    [...layout].map(([path, shape]) => [path, { shape: [...shape], values: new Float32Array(sizeOf(shape)) }]),
  );
  return [...packing.pack(tensors, config)].map(
    ([name, { shape, values }]) => [name, values instanceof Int32Array ? 'I32' : 'F32', shape] as const,
  );
}
