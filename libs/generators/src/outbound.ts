/** @file Requests to addresses that users gave: where a socket may connect to. */
import type { Agent } from 'node:http';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

/**
 * An agent that looks at the address that its socket connects to, after DNS: a name that resolves to a private address is refused
 * whenever it does so.
 *
 * @param options.allowPrivate private, loopback and link-local addresses as well
 */
export function guardedAgent(url: string, { allowPrivate }: { allowPrivate: boolean }): Agent {
  const filter = { allowPrivateIPAddress: allowPrivate, allowMetaIPAddress: allowPrivate };
  return new URL(url).protocol === 'https:'
    ? new RequestFilteringHttpsAgent(filter)
    : new RequestFilteringHttpAgent(filter);
}

/** How the package begins what it says of an address that it refuses. */
const refusal = /^DNS lookup (\S+?)\(.* is not allowed/;

/**
 * Says that a guarded agent refused an address, and what allows it; undefined where an error has another reason.
 *
 * @param setting the variable of the environment that allows private addresses
 */
export function privateAddress({ message }: Error, setting: string): string | undefined {
  const address = refusal.exec(message)?.[1];
  return (
    address && `${address} is a private address, which is not allowed: an administrator allows those by ${setting}=true`
  );
}
