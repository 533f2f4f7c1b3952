/** @file Addresses that generators may have: those of the administrator's list, by default those of this machine. */
import { isIP } from 'node:net';

/** Stands for any port of this machine. */
export const loopback = 'loopback';

export interface AddressPolicy {
  /** `loopback`, or addresses that an endpoint's begins with, e.g. `https://models.example.com/v1`. */
  allowed: readonly string[];
  /** Names of the list may resolve to private addresses. */
  allowPrivate: boolean;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Holds an address against the policy.
 *
 * @returns whether its socket may connect to private addresses
 * @throws Error that says what the list has
 */
export function permitted(url: string, { allowed, allowPrivate }: AddressPolicy): { allowPrivate: boolean } {
  const { hostname, href } = new URL(url);
  const matching = allowed.filter((each) => isWithin(url, each));
  if (matching.includes(loopback)) return { allowPrivate: true };
  if (matching.length > 0) {
    // An address in digits is what the administrator wrote; a name may become any.
    return { allowPrivate: allowPrivate || isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0 };
  }
  throw new Error(
    `${href} is not an address that generators may have here (${allowed.join(', ') || 'none'}): an administrator lists it in RANKFORGE_GENERATOR_ADDRESSES`,
  );
}

/** Whether an address is the entry of a list, or below it. */
export function isWithin(url: string, entry: string): boolean {
  const { hostname, href } = new URL(url);
  return entry === loopback ? isLoopback(hostname) : begins(href, new URL(entry));
}

function begins(href: string, { href: listed }: URL): boolean {
  const folder = listed.endsWith('/') ? listed : `${listed}/`;
  return href === listed || href.startsWith(folder);
}

/**
 * Reads the list of an environment variable.
 * @throws Error naming the entry that is none
 */
export function readAddresses(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry) => {
    if (entry === loopback) return entry;
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    const usable = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
    if (!usable) throw new Error(`"${entry}" is neither "${loopback}" nor an address such as http://10.0.0.5:8000/v1`);
    return url.href;
  });
}
