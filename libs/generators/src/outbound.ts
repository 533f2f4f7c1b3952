/** @file Requests to addresses that users gave: where a socket may connect to. */
import { lookup as lookUp } from 'node:dns';
import type { Agent } from 'node:http';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

/**
 * Addresses that a socket may connect to, after DNS.
 * `public`: those of the internet. `private`: also those of a network and of this machine, but no link-local one, where clouds keep
 * the credentials of a machine. `loopback`: those of this machine alone. `any`: all.
 */
export type Reach = 'public' | 'private' | 'loopback' | 'any';

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8, 'ipv4');
thisMachine.addAddress('::1', 'ipv6');

/** Link-local addresses, those by which clouds serve metadata outside of these, and those that stand for no one host. */
const noHostOfAName = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 3],
] as const) {
  noHostOfAName.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['ff00::', 8],
] as const) {
  noHostOfAName.addSubnet(network, prefix, 'ipv6');
}

/** The filter of the package refuses what is not public. */
const reaches: Readonly<Record<Reach, (address: string, family: 'ipv4' | 'ipv6') => boolean>> = {
  public: () => true,
  private: (address, family) => !noHostOfAName.check(address, family),
  loopback: (address, family) => thisMachine.check(address, family),
  any: () => true,
};

/**
 * An agent that looks at the addresses that a name resolves to, and connects to those that it looked at: a name that resolves to a
 * refused address is refused whenever it does so.
 *
 * @param options.lookup how names are resolved
 */
export function guardedAgent(
  url: string,
  { reach, lookup = lookUp }: { reach: Reach; lookup?: LookupFunction },
): Agent {
  const isPublic = reach === 'public';
  const filter = {
    allowPrivateIPAddress: !isPublic,
    allowMetaIPAddress: !isPublic,
    lookup: within(reach, lookup),
  };
  return new URL(url).protocol === 'https:'
    ? new RequestFilteringHttpsAgent(filter)
    : new RequestFilteringHttpAgent(filter);
}

function within(reach: Reach, lookup: LookupFunction): LookupFunction {
  return (hostname, options, told) =>
    lookup(hostname, options, (error, found, family) => {
      if (error) return told(error, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      const refused = addresses.find((address) => !reaches[reach](address, isIPv6(address) ? 'ipv6' : 'ipv4'));
      if (refused === undefined) return told(null, found, family);
      return told(new RefusedAddressError(refused, hostname, reach), []);
    });
}

class RefusedAddressError extends Error {
  constructor(address: string, host: string, reach: Reach) {
    super(
      reach === 'loopback'
        ? `${host} resolves to ${address}, which is no address of this machine`
        : `${host} resolves to ${address}, which no name may lead to: an administrator lists it by its digits`,
    );
  }
}

/** How the package begins what it says of an address that it refuses. */
const refusal = /^DNS lookup (\S+?)\(.* is not allowed/;

/**
 * Says that a guarded agent refused an address, and what allows it; undefined where an error has another reason.
 *
 * @param setting the variable of the environment that allows private addresses
 */
export function refusedAddress(error: Error, setting: string): string | undefined {
  if (error instanceof RefusedAddressError) return error.message;
  const address = refusal.exec(error.message)?.[1];
  return (
    address && `${address} is a private address, which is not allowed: an administrator allows those by ${setting}=true`
  );
}
