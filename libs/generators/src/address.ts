/** @file Addresses that generators may have: those of the administrator's list. */
import { isIP } from 'node:net';
import { faultOfEndpointUrl } from '@rankforge/contracts';
import type { Reach } from './outbound.js';

/** Stands for any port of this machine. */
export const loopback = 'loopback';

export interface AddressPolicy {
  /** `loopback`, or addresses that an endpoint's begins with, e.g. `https://models.example.com/v1`. */
  allowed: readonly string[];
  /** Names of the list may resolve to private addresses. */
  allowPrivate: boolean;
}

/** How an endpoint may be asked at an address. */
export interface Permitted {
  /** Where its socket may connect to. */
  reach: Reach;
  /**
   * The port is the choice of whoever gives the address: until the endpoint has listed its models, what is said of one that answers is what
   * is said of one that is closed.
   */
  anyPort: boolean;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Holds an address against the policy.
 *
 * @throws Error that says what is wrong with the address, or what the list has
 */
export function permitted(url: string, { allowed, allowPrivate }: AddressPolicy): Permitted {
  const fault = faultOfEndpointUrl(url);
  if (fault) throw new Error(`the address of a generator ${fault}`);
  const matching = allowed.filter((each) => isWithin(url, each));
  const [listed] = matching.filter((each) => each !== loopback);
  if (listed !== undefined) {
    // An address in digits is what the administrator wrote; a name may become any.
    const inDigits = isIP(new URL(url).hostname.replaceAll(/[[\]]/g, '')) !== 0;
    return { reach: inDigits ? 'any' : allowPrivate ? 'private' : 'public', anyPort: false };
  }
  if (matching.length > 0) return { reach: 'loopback', anyPort: true };
  throw new Error(
    `${below(url)} is not an address that generators may have here (${allowed.join(', ') || 'none'}): an administrator lists it in RANKFORGE_GENERATOR_ADDRESSES`,
  );
}

/**
 * The address with a path behind its own, put together from its parts.
 * @example below('http://127.0.0.1:8000/v1/', 'models') // 'http://127.0.0.1:8000/v1/models'
 */
export function below(url: string, path = ''): string {
  const { origin, pathname } = new URL(url);
  return `${origin}/${[...pathname.split('/'), ...path.split('/')].filter(Boolean).join('/')}`;
}

/** Whether an address is the entry of a list, or below it. */
export function isWithin(url: string, entry: string): boolean {
  if (entry === loopback) return isLoopback(new URL(url).hostname);
  return `${below(url)}/`.startsWith(`${below(entry).replace(/\/$/, '')}/`);
}

/**
 * Reads the list of an environment variable.
 * @throws Error naming the entry that is none
 */
export function readAddresses(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry) => {
    if (entry === loopback) return entry;
    const fault = faultOfEndpointUrl(entry);
    if (!fault) return new URL(entry).href;
    throw new Error(
      `"${entry}" is neither "${loopback}" nor an address such as http://10.0.0.5:8000/v1: an address ${fault}`,
    );
  });
}
