/**
 * @file Shares by which masks are undone: every client of a round gets a share of each other's secrets, sealed so that the server cannot read
 * it. Once messages came, the server asks for shares of the own masks of clients that sent, and of the mask keys of clients that were lost;
 * of one client a holder tells the one or the other, never both, for with both its message could be read.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { HostState } from '@rankforge/peft';
import { addMask, agreed, maskedSum, type PublicKeys, type RoundKeys, signOf } from './secure.js';
import { fromBytes, recovered, SHARE_BYTES, type Share, shared, toBytes } from './shamir.js';
import type { Layout } from './strategy.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes of two sealed shares, filled up to whole words. */
export const SEALED_BYTES = 4 * Math.ceil((IV_BYTES + 2 * SHARE_BYTES + TAG_BYTES) / 4);

/** Shares of one client's secrets that a holder has. */
interface Held {
  /** Of the seed of its own mask. */
  own: bigint;
  /** Of its mask key. */
  mask: bigint;
}

/** What a client does in a round besides its training. */
export class ShareHolder {
  private readonly held = new Map<number, Held>();

  /** @param clients public keys of all clients of the round, this one's included, by their places in ascending order */
  constructor(
    private readonly keys: RoundKeys,
    private readonly clients: ReadonlyMap<number, PublicKeys>,
    private readonly round: number,
  ) {}

  /** Shares of its secrets for every other client, sealed; it keeps its own. */
  deal(needed: number): Map<number, Uint8Array> {
    const terms = { needed, holders: this.clients.size };
    const [own, mask] = [this.keys.own, this.keys.mask].map((secret) => shared(fromBytes(secret), terms));
    const sealed = new Map<number, Uint8Array>();
    [...this.clients.keys()].forEach((client, index) => {
      const share = { own: own![index]![1], mask: mask![index]![1] };
      if (client === this.keys.client) this.held.set(client, share);
      else sealed.set(client, this.seal(client, share));
    });
    return sealed;
  }

  /** @throws Error naming the client whose shares were changed on their way */
  receive(from: number, sealed: Uint8Array): void {
    const key = this.channel(from, [from, this.keys.client]);
    const end = IV_BYTES + 2 * SHARE_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES));
    decipher.setAuthTag(sealed.subarray(end, end + TAG_BYTES));
    let both: Uint8Array;
    try {
      both = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, end)), decipher.final()]);
    } catch (cause) {
      throw new Error(`the shares of client ${from} for client ${this.keys.client} were changed on their way`, {
        cause,
      });
    }
    this.held.set(from, {
      own: fromBytes(both.subarray(0, SHARE_BYTES)),
      mask: fromBytes(both.subarray(SHARE_BYTES)),
    });
  }

  /**
   * Tells the server what it needs to undo masks.
   *
   * @throws Error where a client is said to have sent and to be lost: with both shares its message could be read
   */
  tell({ came, lost }: Ends): Map<number, bigint> {
    const both = came.find((client) => lost.includes(client));
    if (both !== undefined) {
      throw new Error(`client ${both} is said to have sent and to be lost: its shares are not told`);
    }
    return new Map([
      ...came.map((client) => [client, this.held.get(client)!.own] as const),
      ...lost.map((client) => [client, this.held.get(client)!.mask] as const),
    ]);
  }

  private seal(to: number, { own, mask }: Held): Uint8Array {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.channel(to, [this.keys.client, to]), iv);
    const both = Buffer.concat([toBytes(own, SHARE_BYTES), toBytes(mask, SHARE_BYTES)]);
    const bytes = Buffer.concat([iv, cipher.update(both), cipher.final(), cipher.getAuthTag()]);
    return new Uint8Array(Buffer.concat([bytes, Buffer.alloc(SEALED_BYTES - bytes.length)]));
  }

  private channel(other: number, [from, to]: readonly [number, number]): Uint8Array {
    const { channel } = this.keys;
    const seed = agreed(channel, this.clients.get(other)!.channel);
    const said = `rankforge-shares/${this.round}/${from}/${to}`;
    return new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), said, 32));
  }
}

/** Clients of a round whose messages came, and those that were lost after they had dealt their shares. */
export interface Ends {
  came: readonly number[];
  lost: readonly number[];
}

/**
 * The sum of the messages that came, without masks.
 *
 * @param clients public keys of all clients of the round, by their places in ascending order
 * @param told what each client whose message came tells: as many as there are needed
 * @throws RangeError naming a tensor that is missing or of another shape
 */
export function unmaskedSum(
  messages: readonly ReadonlyMap<string, HostState>[],
  layout: Layout,
  {
    clients,
    ends: { came, lost },
    told,
    round,
  }: {
    clients: ReadonlyMap<number, PublicKeys>;
    ends: Ends;
    told: ReadonlyMap<number, ReadonlyMap<number, bigint>>;
    round: number;
  },
) {
  const places = new Map([...clients.keys()].map((client, index) => [client, index + 1]));
  const secretOf = (client: number) => {
    const shares = [...told].map(([holder, shares]): Share => [places.get(holder)!, shares.get(client)!]);
    return toBytes(recovered(shares), SHARE_BYTES).subarray(SHARE_BYTES - 32);
  };
  const sum = maskedSum(messages, layout);
  const all = [...sum.values()].map(({ values }) => values);
  for (const client of came) addMask(all, { seed: secretOf(client), round, sign: -1 });
  for (const gone of lost) {
    const secret = secretOf(gone);
    for (const client of came) {
      const seed = agreed(secret, clients.get(client)!.mask);
      addMask(all, { seed, round, sign: signOf(client, gone) === 1 ? -1 : 1 });
    }
  }
  return sum;
}
