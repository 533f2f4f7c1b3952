import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { credentialOf } from './credential.js';

/** Bounds the requests of each credential a minute; of each address, where a request has none. */
export async function limitRequests(fastify: FastifyInstance, settings: ApiSettings): Promise<void> {
  await fastify.register(fastifyRateLimit, {
    max: settings.requestsPerMinute,
    timeWindow: '1 minute',
    allowList: (request) => request.url === '/livez' || request.url === '/readyz',
    keyGenerator: (request) => credentialOf(request, settings)?.hash ?? request.ip,
    errorResponseBuilder: (_, { max, after }) =>
      new ProblemError('rate-limited', `${max} requests a minute are allowed; try again in ${after}`),
  });
}
