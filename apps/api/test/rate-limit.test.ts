import fastifyCookie from '@fastify/cookie';
import { hashKeySecret } from '@rankforge/db';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import type { Caller } from '../src/access/access.js';
import { authenticateRequests } from '../src/access/authenticate.js';
import type { Callers } from '../src/access/callers.js';
import type { Credential } from '../src/access/credential.js';
import { FailedAttempts } from '../src/access/failed-attempts.js';
import { limitRequests } from '../src/access/rate-limit.js';
import { readSettings } from '../src/platform/env.js';
import { ProblemError } from '../src/platform/http/problem.js';

const perMinute = 5;
const settings = readSettings({
  DATABASE_URL: 'postgresql://u@h:5432/d',
  REDIS_URL: 'redis://h:6379',
  RANKFORGE_RATE_LIMIT: String(perMinute),
  RANKFORGE_FAILED_ATTEMPTS: '1000000',
});

let app: FastifyInstance;
let lookedUp: number;
let good: Set<string>;

/** Knows the keys that are in `good`, by their secrets' hashes, and counts how often it was asked. */
const callers = partOf<Callers>({
  find: ({ hash }: Credential) => {
    lookedUp++;
    return Promise.resolve(good.has(hash) ? partOf<Caller>({ name: 'somebody' }) : undefined);
  },
});

beforeEach(async () => {
  [lookedUp, good] = [0, new Set()];
  // The address of a client is the one that it names.
  app = fastify({ trustProxy: true });
  app.setErrorHandler((error, _, reply) =>
    reply.status(error instanceof ProblemError ? error.status : 500).send(String(error)),
  );
  await app.register(fastifyCookie);
  const limits = await limitRequests(app, settings);
  authenticateRequests(app, { callers, failures: new FailedAttempts(settings), limits, settings });
  app.get('/v1/me', () => 'ok');
  app.get('/v1/login', { config: { public: true } }, () => 'ok');
});
afterEach(() => app.close());

interface Ask {
  secret?: string;
  from?: string;
}

/** Status of each of so many requests, one after another. */
async function ask(url: string, times: number, of: (index: number) => Ask): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index++) {
    const { secret, from = '203.0.113.7' } = of(index);
    const authorization = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    const { statusCode } = await app.inject({ url, headers: { ...authorization, 'x-forwarded-for': from } });
    statuses.push(statusCode);
  }
  return statuses;
}

const times = (count: number, status: number) => Array<number>(count).fill(status);
const madeUp = (index: number) => ({ secret: `made-up-${index}` });

describe('the rate limit', () => {
  it('counts a public route by address, whatever secrets are sent', async () => {
    expect(await ask('/v1/login', perMinute + 2, madeUp)).toEqual([...times(perMinute, 200), ...times(2, 429)]);
    expect(await ask('/v1/login', 1, () => ({ from: '203.0.113.8' }))).toEqual([200]);
  });

  it('looks up no more made-up secrets of an address than it may send requests', async () => {
    expect(await ask('/v1/me', perMinute + 2, madeUp)).toEqual([...times(perMinute, 401), ...times(2, 429)]);
    expect(lookedUp).toBe(perMinute);
  });

  it('lets a key that has proved good go on where its address sends made-up ones without end', async () => {
    good.add(hashKeySecret('good'));
    expect(await ask('/v1/me', 1, () => ({ secret: 'good' }))).toEqual([200]);
    expect((await ask('/v1/me', perMinute + 2, madeUp)).at(-1)).toBe(429);
    expect(await ask('/v1/me', perMinute, () => ({ secret: 'good' }))).toEqual([...times(perMinute - 1, 200), 429]);
  });

  it('counts a good key wherever it comes from', async () => {
    good.add(hashKeySecret('good'));
    const moving = (index: number) => ({ secret: 'good', from: `198.51.100.${index}` });
    expect(await ask('/v1/me', perMinute + 1, moving)).toEqual([...times(perMinute, 200), 429]);
  });

  it('keeps the counter of a good key while made-up secrets come from everywhere', async () => {
    good.add(hashKeySecret('good'));
    await ask('/v1/me', perMinute, () => ({ secret: 'good' }));
    // More than counters are kept, by as few addresses as may send them, each of a network of its own.
    const [secrets, at] = [5001, (index: number) => `2001:db8:${Math.floor(index / perMinute).toString(16)}::1`];
    await ask('/v1/me', secrets, (index) => ({ ...madeUp(index), from: at(index) }));
    expect(await ask('/v1/me', 1, () => ({ secret: 'good' }))).toEqual([429]);
  });

  it('counts the addresses of one IPv6 network as one', async () => {
    const near = (index: number) => ({ from: `2001:db8:0:1::${index}` });
    expect(await ask('/v1/login', perMinute + 1, near)).toEqual([...times(perMinute, 200), 429]);
  });
});

describe('the limit of refused secrets', () => {
  /** Notes a refused secret from each address in turn; the errors of those that are over the limit. */
  async function over(addresses: readonly string[]): Promise<string[]> {
    const failures = new FailedAttempts({ ...settings, failedAttemptsPerMinute: 1 });
    const errors: string[] = [];
    for (const ip of addresses) {
      await failures.note(partOf<FastifyRequest>({ ip })).catch((error: Error) => errors.push(error.message));
    }
    return errors;
  }

  it('counts the addresses of one IPv6 network of 64 bits as one, and says so', async () => {
    expect(await over(['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:1:ffff::2'])).toEqual([
      expect.stringMatching(/^Too many secrets were refused from the network 2001:db8:0:1::\/64; wait \d+ seconds$/),
    ]);
  });

  it('counts an IPv4 address that is written as IPv6 as itself, and no other with it', async () => {
    expect(await over(['192.0.2.1', '::ffff:192.0.2.2', '::ffff:192.0.2.1'])).toEqual([
      expect.stringMatching(/^Too many secrets were refused from 192\.0\.2\.1; wait \d+ seconds$/),
    ]);
  });
});
