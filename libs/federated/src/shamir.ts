/**
 * @file Shamir's secret sharing (1979): a secret is the value at 0 of a polynomial over a prime field, and a share its value at the place of
 * a holder. As many shares as the polynomial has coefficients give the secret, and fewer say nothing of it.
 */
import { randomBytes } from 'node:crypto';

/** The smallest prime above 2²⁵⁶: each secret of 32 bytes is a number below it. */
export const PRIME = 2n ** 256n + 297n;
/** Bytes of a share. */
export const SHARE_BYTES = 33;

export type Share = readonly [place: number, value: bigint];

/** A number of the field that nobody can tell from any other: bytes are drawn anew where they are above the prime. */
function drawn(): bigint {
  for (;;) {
    const value = fromBytes(randomBytes(SHARE_BYTES)) & (2n ** 257n - 1n);
    if (value < PRIME) return value;
  }
}

/**
 * Shares of a secret for holders at the places from 1.
 *
 * @param needed shares that give the secret back
 * @param draw coefficients of the polynomial, from that of x on. Default: random ones
 */
export function shared(
  secret: bigint,
  { needed, holders }: { needed: number; holders: number },
  draw: () => bigint = drawn,
): Share[] {
  const coefficients = [secret, ...Array.from({ length: needed - 1 }, draw)];
  return Array.from({ length: holders }, (_, index): Share => {
    const place = BigInt(index + 1);
    return [index + 1, coefficients.reduceRight((value, coefficient) => (value * place + coefficient) % PRIME, 0n)];
  });
}

/** The value at 0 of the polynomial through these shares: the secret, where they are enough. */
export function recovered(shares: readonly Share[]): bigint {
  let secret = 0n;
  for (const [own, value] of shares) {
    let [above, below] = [1n, 1n];
    for (const [other] of shares) {
      if (other === own) continue;
      above = (above * BigInt(other)) % PRIME;
      below = (below * (BigInt(other) - BigInt(own) + PRIME)) % PRIME;
    }
    secret = (secret + value * above * power(below, PRIME - 2n)) % PRIME;
  }
  return secret;
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % PRIME];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

/** The number of bytes, the first of which is the highest. */
export const fromBytes = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

/** @throws RangeError for a number that needs more bytes */
export function toBytes(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16);
  if (hex.length > 2 * length)
    throw new RangeError(`a number of ${hex.length} hexadecimal digits, expected ${2 * length}`);
  return new Uint8Array(Buffer.from(hex.padStart(2 * length, '0'), 'hex'));
}
