import { createServer, get, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { guardedAgent, type Reach, refusedAddress } from '../src/outbound.js';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((_, response) => response.end('reached'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** A resolver that gives one address after the other, the last again and again. */
function resolving(...addresses: string[]): LookupFunction {
  return (_host, options, told) => {
    const address = addresses.length > 1 ? addresses.shift()! : addresses[0]!;
    const family = address.includes(':') ? 6 : 4;
    if (options.all) told(null, [{ address, family }]);
    else told(null, address, family);
  };
}

/** What a request to a name gets, or why its socket was refused. */
const asked = (reach: Reach, lookup: LookupFunction) =>
  new Promise<string>((resolve) => {
    const url = `http://models.example:${port}/`;
    const agent = guardedAgent(url, { reach, lookup });
    const request = get(url, { agent }, (response) => {
      response.resume();
      resolve('reached');
    });
    request.once('error', (error) => resolve(refusedAddress(error, 'THE_SETTING') ?? error.message));
  });

it.for([
  ['public', '127.0.0.1'],
  ['public', '::1'],
  ['public', '::ffff:127.0.0.1'],
  ['public', '10.1.2.3'],
  ['public', '172.16.0.9'],
  ['public', '192.168.1.1'],
  ['public', '100.64.0.1'],
  ['public', '169.254.169.254'],
  ['public', '::ffff:a9fe:a9fe'],
  ['public', 'fd00::1'],
  ['public', 'fe80::1'],
  ['public', '0.0.0.0'],
] as const)('keeps a name that may reach %s addresses from %s', async ([reach, address]) => {
  expect(await asked(reach, resolving(address))).toBe(
    `${address} is a private address, which is not allowed: an administrator allows those by THE_SETTING=true`,
  );
});

it.for(['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', 'fe80::a9fe:a9fe', '100.100.100.200', '0.0.0.0'])(
  'keeps a name that may reach private addresses from %s, where clouds keep credentials or no one host is',
  async (address) => {
    expect(await asked('private', resolving(address))).toBe(
      `models.example resolves to ${address}, which no name may lead to: an administrator lists it by its digits`,
    );
  },
);

it('keeps a name of this machine on it', async () => {
  expect(await asked('loopback', resolving('127.0.0.1'))).toBe('reached');
  expect(await asked('loopback', resolving('10.1.2.3'))).toBe(
    'models.example resolves to 10.1.2.3, which is no address of this machine',
  );
});

it('looks a name up once for a socket, and connects to the address that it looked at', async () => {
  expect(await asked('private', resolving('127.0.0.1', '169.254.169.254'))).toBe('reached');
});
