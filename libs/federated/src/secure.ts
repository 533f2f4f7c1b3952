/**
 * @file Secure aggregation: the server learns the sum of what clients send and no single message. Each client adds a mask of its own, and
 * one with each other client (X25519), which one of the two adds and the other subtracts. Sums are of fixed-point numbers modulo 2³²: they
 * are the same in any order, to the bit. The masks of Bonawitz et al. (2017); shares.ts has the shares by which they are undone.
 */

import {
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { HostState, HostTensor, Random } from '@rankforge/peft';
import { sizeOf } from '@rankforge/peft/extension';
import type { Layout } from './strategy.js';

/** Bits behind the point: numbers below 32 in size. A sum takes half of the words that there are, and rounding up stays within the rest. */
const FRACTION_BITS = 25;
const ONE = 2 ** FRACTION_BITS;
const LARGEST = 2 ** 30 / ONE;

/** Keys of a client that the server passes on to the others: 32 bytes each. */
export interface PublicKeys {
  /** Agrees on masks. */
  mask: Uint8Array;
  /** Agrees on what shares are sealed with. It is another key, as that of masks is told to the server where its client is lost. */
  channel: Uint8Array;
}

/** Secrets of a client in one round. */
export interface RoundKeys {
  client: number;
  public: PublicKeys;
  mask: Uint8Array;
  channel: Uint8Array;
  /** The seed of its own mask. */
  own: Uint8Array;
}

export function roundKeys(client: number): RoundKeys {
  const [mask, channel] = [keyPair(), keyPair()];
  return {
    client,
    public: { mask: mask.public, channel: channel.public },
    mask: mask.secret,
    channel: channel.secret,
    own: randomBytes(32),
  };
}

function keyPair(): { public: Uint8Array; secret: Uint8Array } {
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { public: Buffer.from(x!, 'base64url'), secret: Buffer.from(d!, 'base64url') };
}

/** DER of an X25519 key up to its 32 bytes (RFC 8410): of a secret in PKCS #8, of a public key in SPKI. */
const before = {
  secret: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  public: Buffer.from('302a300506032b656e032100', 'hex'),
};
const secretKey = (raw: Uint8Array): KeyObject =>
  createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([before.secret, raw]) });
const publicKey = (raw: Uint8Array): KeyObject =>
  createPublicKey({ format: 'der', type: 'spki', key: Buffer.concat([before.public, raw]) });

/** The secret that the holders of two keys have in common, and nobody else. */
export const agreed = (secret: Uint8Array, other: Uint8Array): Uint8Array =>
  diffieHellman({ privateKey: secretKey(secret), publicKey: publicKey(other) });

/** Words that follow from a seed, and are added to a message or taken from it. */
export interface Mask {
  /** 32 bytes. */
  seed: Uint8Array;
  sign: 1 | -1;
}

/** A client and its weight, as it masks its message. */
export interface Masking {
  masks: readonly Mask[];
  /** Numbers are multiplied by it before they are rounded; those of all clients are at most 1 together. */
  weight: number;
  /** Rounds up as often as a number is nearer to the upper one, so that many small ones have the right sum in the mean. */
  random: Random;
  /** Zeros that are masked behind the numbers, so that their sum says whether masks cancel. Omitted: none. */
  zeros?: ReadonlyMap<string, HostTensor>;
}

/**
 * Masks of a client that made keys for the round: its own, and one with each other client.
 *
 * @param others public keys of the clients of the round, by their places
 */
export function roundMasks(keys: RoundKeys, others: ReadonlyMap<number, PublicKeys>): Mask[] {
  const shared = [...others].filter(([other]) => other !== keys.client);
  return [
    { seed: keys.own, sign: 1 },
    ...shared.map(([other, { mask }]): Mask => {
      return { seed: agreed(keys.mask, mask), sign: signOf(keys.client, other) };
    }),
  ];
}

/**
 * Makes what a client sends in the place of its numbers, which are changes of the model that its round begins with.
 *
 * @throws RangeError naming a tensor with a number that does not fit
 */
export function masked(
  tensors: ReadonlyMap<string, HostTensor>,
  { masks, weight, random, round, zeros = new Map() }: Masking & { round: number },
): Map<string, HostState> {
  const sent = new Map<string, { shape: number[]; values: Int32Array }>();
  for (const [path, { shape, values }] of [...tensors, ...zeros]) {
    const fixed = new Int32Array(values.length);
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      // Weights of all clients are at most 1 together, so that the sum fits where each number does before it is weighted.
      if (!(Math.abs(value) < LARGEST)) {
        throw new RangeError(`${path} changed by ${value}: secure sums take changes below ${LARGEST} in size`);
      }
      const exact = value * weight * ONE;
      const below = Math.floor(exact);
      fixed[at] = random.uniform() < exact - below ? below + 1 : below;
    }
    sent.set(path, { shape, values: fixed });
  }
  const all = [...sent.values()].map(({ values }) => values);
  for (const mask of masks) addMask(all, { ...mask, round });
  return sent;
}

/** The first of two clients adds their mask. */
export const signOf = (client: number, other: number): 1 | -1 => (client < other ? 1 : -1);

/** Adds the words of a mask to numbers, or subtracts them, one array after another. */
export function addMask(arrays: readonly Int32Array[], { seed, sign, round }: Mask & { round: number }): void {
  const total = arrays.reduce((sum, { length }) => sum + length, 0);
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), `rankforge-mask/${round}`, 32));
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  const bytes = cipher.update(new Uint8Array(4 * total));
  const mask = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  let from = 0;
  for (const values of arrays) {
    for (let at = 0; at < values.length; at++) values[at] = values[at]! + sign * mask[from + at]!;
    from += values.length;
  }
}

/**
 * The sum of masked messages, in which the masks of two clients that both sent cancel.
 *
 * @throws RangeError naming a tensor that is missing or of another shape
 */
export function maskedSum(
  messages: readonly ReadonlyMap<string, HostState>[],
  layout: Layout,
): Map<string, { shape: readonly number[]; values: Int32Array }> {
  // Masks run over the tensors in the order in which they were sent.
  const order = [...(messages[0]?.keys() ?? [])].filter((path) => layout.has(path));
  const paths = [...new Set([...order, ...layout.keys()])];
  return new Map(
    paths.map((path) => {
      const shape = layout.get(path)!;
      const sum = new Int32Array(sizeOf(shape));
      for (const message of messages) {
        const sent = message.get(path);
        if (!(sent?.values instanceof Int32Array) || sent.shape.join() !== shape.join()) {
          throw new RangeError(`a masked message has no ${path} of [${shape}]: its round cannot be summed`);
        }
        for (let at = 0; at < sum.length; at++) sum[at]! += sent.values[at]!;
      }
      return [path, { shape, values: sum }];
    }),
  );
}

/** The numbers of a sum without masks. */
export const numbersOf = (sum: ReadonlyMap<string, { shape: readonly number[]; values: Int32Array }>) =>
  new Map(
    [...sum].map(([path, { shape, values }]): [string, HostTensor] => [
      path,
      { shape: [...shape], values: Float32Array.from(values, (value) => value / ONE) },
    ]),
  );
