import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { type Credential, credentialOf } from './credential.js';

/** Counters, and credentials that are remembered; the one used longest ago goes first. */
const keptAtMost = 5000;

/** Credentials that opened a route of this process. One that has ended since is refused as ever, and counted by itself. */
class ProvenCredentials {
  private readonly hashes = new Set<string>();

  has(hash: string): boolean {
    if (!this.hashes.delete(hash)) return false;
    this.hashes.add(hash);
    return true;
  }

  add(hash: string): void {
    this.hashes.add(hash);
    if (this.hashes.size <= keptAtMost) return;
    const [oldest] = this.hashes;
    this.hashes.delete(oldest!);
  }
}

export interface RequestLimits {
  /** Says that a request came with a good credential: this one and those after it are counted by it. */
  prove(request: FastifyRequest, credential: Credential): Promise<void>;
}

/**
 * Bounds requests a minute: of each credential that has proved good, and of each address for all others. A text that somebody
 * made up so gets no counter of its own, and costs a good one nothing.
 */
export async function limitRequests(fastify: FastifyInstance, settings: ApiSettings): Promise<RequestLimits> {
  const proven = new ProvenCredentials();
  await fastify.register(fastifyRateLimit, {
    max: settings.requestsPerMinute,
    timeWindow: '1 minute',
    cache: keptAtMost,
    allowList: (request) => request.url === '/livez' || request.url === '/readyz',
    keyGenerator(request) {
      const hash = credentialOf(request, settings)?.hash;
      return hash !== undefined && proven.has(hash) ? hash : normalizeIP(request.ip);
    },
    errorResponseBuilder: (_, { max, after }) =>
      new ProblemError('rate-limited', `${max} requests a minute are allowed; try again in ${after}`),
  });
  const count = fastify.createRateLimit();
  return {
    async prove(request, { hash }) {
      if (proven.has(hash)) return;
      proven.add(hash);
      await count(request);
    },
  };
}
