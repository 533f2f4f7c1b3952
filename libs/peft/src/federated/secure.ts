/**
 * @file Secure aggregation: the server learns the sum of what clients send and no single message. Clients agree on a mask with each other
 * (X25519), which one of two adds and the other subtracts, so that masks cancel in the sum. Sums are of fixed-point numbers modulo 2³²: they
 * are the same in any order, to the bit. The masks of Bonawitz et al. (2017), without the shares by which those of lost clients are undone.
 */

import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { HostState, HostTensor } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
import type { Layout } from './strategy.js';

/** Bits behind the point: numbers up to 2048 in size, to half a millionth. */
const FRACTION_BITS = 20;
const ONE = 2 ** FRACTION_BITS;
const LARGEST = 2 ** 31 / ONE;

/** A client's key pair of one round. */
export interface RoundKey {
  client: number;
  /** 32 bytes, which the server passes on to the others. */
  public: Uint8Array;
  secret: KeyObject;
}

export function roundKey(client: number): RoundKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  return { client, public: new Uint8Array(raw), secret: privateKey };
}

const keyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(raw).toString('base64url') } });

/**
 * Makes what a client sends in the place of its numbers.
 *
 * @param weight The numbers are multiplied by it before they are rounded; those of all clients are at most 1 together
 * @param others Public keys of the clients of this round, by their places
 * @throws RangeError naming a tensor with a number that does not fit
 */
export function masked(
  tensors: ReadonlyMap<string, HostTensor>,
  {
    key,
    others,
    round,
    weight,
  }: { key: RoundKey; others: ReadonlyMap<number, Uint8Array>; round: number; weight: number },
): Map<string, HostState> {
  const sent = new Map<string, { shape: number[]; values: Int32Array }>();
  for (const [path, { shape, values }] of tensors) {
    const fixed = new Int32Array(values.length);
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      // Weights of all clients are at most 1 together, so that the sum fits where each number does before it is weighted.
      if (!(Math.abs(value) < LARGEST)) {
        throw new RangeError(`${path} holds ${value}: secure sums take numbers below ${LARGEST} in size`);
      }
      fixed[at] = Math.round(value * weight * ONE);
    }
    sent.set(path, { shape, values: fixed });
  }
  const total = [...sent.values()].reduce((sum, { values }) => sum + values.length, 0);
  for (const [other, raw] of others) {
    if (other === key.client) continue;
    const mask = maskOf(diffieHellman({ privateKey: key.secret, publicKey: keyOf(raw) }), round, total);
    const adds = key.client < other;
    let from = 0;
    for (const { values } of sent.values()) {
      for (let at = 0; at < values.length; at++) {
        values[at] = adds ? values[at]! + mask[from + at]! : values[at]! - mask[from + at]!;
      }
      from += values.length;
    }
  }
  return sent;
}

/** Words of a mask, one for each number, the same at both clients. */
function maskOf(shared: Uint8Array, round: number, words: number): Int32Array {
  const key = new Uint8Array(hkdfSync('sha256', shared, new Uint8Array(0), `rankforge-mask/${round}`, 32));
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  const bytes = cipher.update(new Uint8Array(4 * words));
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/**
 * The sum of the messages of all clients of a round: their masks cancel.
 *
 * @throws RangeError naming a tensor that is missing or of another shape
 */
export function unmaskedSum(
  messages: readonly ReadonlyMap<string, HostState>[],
  layout: Layout,
): Map<string, HostTensor> {
  return new Map(
    [...layout].map(([path, shape]) => {
      const size = sizeOf(shape);
      const sum = new Int32Array(size);
      for (const message of messages) {
        const sent = message.get(path);
        if (!(sent?.values instanceof Int32Array) || sent.shape.join() !== shape.join()) {
          throw new RangeError(`a masked message has no ${path} of [${shape}]: its round cannot be summed`);
        }
        for (let at = 0; at < size; at++) sum[at]! += sent.values[at]!;
      }
      return [path, { shape: [...shape], values: Float32Array.from(sum, (value) => value / ONE) }];
    }),
  );
}
