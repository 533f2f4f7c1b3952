/**
 * @file The masks of one round, as clients and the server exchange them: keys, sealed shares, and, once messages came, the shares that undo
 * what is left of masks. All of it is computed as clients would, in one process, and every message is encoded and counted.
 */
import type { HostState } from '@rankforge/peft';
import { type CountedTraffic, count, type Traffic } from './counted.js';
import type { Federation } from './federation.js';
import { encodeMessage } from './message.js';
import { sharesNeeded } from './participation.js';
import { type Mask, type PublicKeys, type RoundKeys, roundKeys, roundMasks } from './secure.js';
import { SHARE_BYTES, toBytes } from './shamir.js';
import { type Ends, ShareHolder, unmaskedSum } from './shares.js';
import type { Layout } from './strategy.js';

/** Bytes of a share, filled up to whole words. */
const TOLD_BYTES = 4 * Math.ceil(SHARE_BYTES / 4);

export class SecureRound {
  private readonly keys: ReadonlyMap<number, RoundKeys>;
  private readonly publicKeys: ReadonlyMap<number, PublicKeys>;
  private readonly holders: ReadonlyMap<number, ShareHolder>;

  /** Clients exchange keys and shares, before any of them trains. */
  constructor(
    private readonly federation: Federation,
    private readonly round: number,
    private readonly bytes: CountedTraffic,
  ) {
    const clients = federation.participants(round);
    this.keys = new Map(clients.map((client) => [client, roundKeys(client)]));
    this.publicKeys = new Map([...this.keys].map(([client, keys]) => [client, keys.public]));
    for (const client of clients) {
      this.send('up', client, this.publicWords([client]));
      this.send('down', client, this.publicWords(clients.filter((other) => other !== client)));
    }
    this.holders = new Map(
      [...this.keys].map(([client, own]) => [client, new ShareHolder(own, this.publicKeys, round)]),
    );
    const needed = sharesNeeded(clients.length, federation.federation.participation.quorum);
    const dealt = new Map([...this.holders].map(([client, holder]) => [client, holder.deal(needed)]));
    for (const [to, holder] of this.holders) {
      const received = new Map([...dealt].flatMap(([from, shares]) => (from === to ? [] : [[from, shares.get(to)!]])));
      this.send('up', to, wordsOf('share', dealt.get(to)!));
      this.send('down', to, wordsOf('share', received));
      for (const [from, sealed] of received) holder.receive(from, sealed);
    }
  }

  /** The masks of a client's message. */
  of(client: number): Mask[] {
    return roundMasks(this.keys.get(client)!, this.publicKeys);
  }

  /**
   * The sum of the messages that came, without masks: clients that sent tell the shares that it takes.
   *
   * @param silent clients that are asked for shares, and are gone
   */
  sum(
    messages: readonly ReadonlyMap<string, HostState>[],
    layout: Layout,
    { silent, ...ends }: Ends & { silent: readonly number[] },
  ) {
    const asked = new Map([...wordsOf('came', listed(ends.came)), ...wordsOf('lost', listed(ends.lost))]);
    for (const client of ends.came) this.send('down', client, asked);
    const telling = ends.came.filter((client) => !silent.includes(client));
    const told = new Map(
      telling.map((client) => {
        const shares = this.holders.get(client)!.tell(ends);
        const bytes = new Map([...shares].map(([of, share]) => [of, padded(toBytes(share, SHARE_BYTES), TOLD_BYTES)]));
        this.send('up', client, wordsOf('of', bytes));
        return [client, shares] as const;
      }),
    );
    return unmaskedSum(messages, layout, { clients: this.publicKeys, ends, told, round: this.round });
  }

  private publicWords(clients: readonly number[]): Map<string, HostState> {
    const both = clients.map((client) => {
      const { mask, channel } = this.publicKeys.get(client)!;
      return [client, Buffer.concat([mask, channel])] as const;
    });
    return wordsOf('key', new Map(both));
  }

  private send(direction: keyof Traffic, client: number, words: ReadonlyMap<string, HostState>): void {
    const header = { federation: this.federation.identity, round: this.round, client, direction };
    count(this.bytes, this.federation.clients[client]!.name, direction, encodeMessage(header, words).length);
  }
}

/** Bytes of several clients as tensors of words. */
const wordsOf = (name: string, bytes: ReadonlyMap<number, Uint8Array>): Map<string, HostState> =>
  new Map(
    [...bytes].map(([client, raw]) => [
      `${name}/${client}`,
      { shape: [raw.length / 4], values: new Int32Array(new Uint8Array(raw).buffer) },
    ]),
  );

/** A word for each client of a list. */
const listed = (clients: readonly number[]) => new Map(clients.map((client) => [client, new Uint8Array(4)]));

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

/** Shapes of the messages of a round in which nobody is lost, for whoever predicts bytes: what each client sends and gets. */
export function secureLayouts(clients: number, sealedBytes: number): { up: Layout[]; down: Layout[] } {
  const words = (name: string, count: number, bytes: number): Layout =>
    new Map(Array.from({ length: count }, (_, client) => [`${name}/${client}`, [bytes / 4]]));
  return {
    up: [words('key', 1, 64), words('share', clients - 1, sealedBytes), words('of', clients, TOLD_BYTES)],
    down: [words('key', clients - 1, 64), words('share', clients - 1, sealedBytes), words('came', clients, 4)],
  };
}
