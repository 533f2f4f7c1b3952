/**
 * @file A round so far: messages of its clients, what they keep, bytes; and what is aggregated of it, in the clear, privately or as a
 * masked sum.
 */
import type { HostState } from '../method.js';
import type { Federation, Traffic } from './federation.js';
import { encodeMessage } from './message.js';
import { combine, requireLayout } from './named.js';
import { privateMean } from './privacy.js';
import { type RoundKey, roundKey, unmaskedSum } from './secure.js';
import type { Layout, Named, Received, ServerState } from './strategy.js';

/** A client's message as it came: what it says, or numbers that say nothing without those of the others. */
export interface Came {
  client: number;
  role?: string | undefined;
  tensors?: Named;
  masked?: ReadonlyMap<string, HostState>;
  bytes: number;
  /** Tensors that the client keeps, once the round is done whole. */
  own?: Named;
}

export class Gathered {
  readonly bytes: Traffic = { down: 0, up: 0 };
  /** In the order of clients, whenever they came: sums of floating-point numbers depend on it. */
  readonly came: Came[] = [];
  /** Clients of the round that send nothing. */
  readonly lost: number[] = [];
  private keys: ReadonlyMap<number, RoundKey> | undefined;

  constructor(
    private readonly federation: Federation,
    private readonly round: number,
  ) {}

  add(message: Came): void {
    this.bytes.up += message.bytes;
    const after = this.came.findIndex(({ client }) => client > message.client);
    this.came.splice(after < 0 ? this.came.length : after, 0, message);
  }

  /** The key of a client and those that the server passed on to it; undefined where messages are not masked. */
  keyOf(client: number): { key: RoundKey; others: ReadonlyMap<number, Uint8Array> } | undefined {
    const { federation, round } = this;
    if (!federation.federation.secureAggregation) return undefined;
    this.keys ??= this.exchangedKeys(federation.participants(round));
    const others = [...this.keys].map(([other, key]) => [other, key.public] as const);
    return { key: this.keys.get(client)!, others: new Map(others.filter(([other]) => other !== client)) };
  }

  /** Each client sends its key, and gets those of the others. */
  private exchangedKeys(clients: readonly number[]): Map<number, RoundKey> {
    const keys = new Map(clients.map((client) => [client, roundKey(client)]));
    const wordsOf = ({ public: raw }: RoundKey) => ({ shape: [8], values: new Int32Array(raw.slice().buffer) });
    const encoded = (client: number, direction: 'down' | 'up', sent: readonly RoundKey[]) => {
      const header = { federation: this.federation.identity, round: this.round, client, direction };
      return encodeMessage(header, new Map(sent.map((key) => [`key/${key.client}`, wordsOf(key)]))).length;
    };
    for (const [client, key] of keys) {
      this.bytes.up += encoded(client, 'up', [key]);
      this.bytes.down += encoded(
        client,
        'down',
        [...keys.values()].filter((other) => other !== key),
      );
    }
    return keys;
  }

  /** Messages as a strategy aggregates them; none where there is nothing to aggregate. */
  received(before: ServerState): Received[] {
    const { federation } = this;
    const { privacy, participation, secureAggregation } = federation.federation;
    if (secureAggregation) return this.sum();
    if (!privacy) return this.inTheClear();
    const { subject, clients, random } = federation;
    const expected = participation.share * clients.length;
    const noise = random.fork(`noise/${this.round}`);
    return [privateMean(this.inTheClear(), before.tensors, { privacy, expected, subject, random: noise })];
  }

  /** Messages in the order of clients, with their shares. */
  private inTheClear(): Received[] {
    const { clients } = this.federation;
    const here = this.examples();
    const all = clients.reduce((sum, { examples }) => sum + examples, 0);
    return this.came.map(({ client, role, tensors }) => {
      const { examples, subject } = clients[client]!;
      return { client, subject, role, share: examples / here, shareOfAll: examples / all, tensors: tensors! };
    });
  }

  /** One message in the place of all. That of a client alone would be told by it, and is not taken. */
  private sum(): Received[] {
    const { federation, came } = this;
    if (came.length < 2) return [];
    const { subject, clients, plan } = federation;
    const layout: Layout = new Map(plan.info.map(({ path, shape }) => [path, shape]));
    const weighted = unmaskedSum(
      came.map(({ masked }) => masked!),
      layout,
    );
    const all = clients.reduce((sum, { examples }) => sum + examples, 0);
    const share = this.examples() / all;
    const tensors = combine([weighted], ([value]) => value! / share);
    return [
      { subject, client: 0, share: 1, shareOfAll: 1, tensors: requireLayout('the sum of clients', tensors, layout) },
    ];
  }

  private examples(): number {
    return this.came.reduce((sum, { client }) => sum + this.federation.clients[client]!.examples, 0);
  }
}
