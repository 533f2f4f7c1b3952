import type { FastifyInstance } from 'fastify';
import type { DescribedRoutes } from './described-routes.js';
import { loggedUrl } from './logged-url.js';

/** Names each request by an id, which its answer carries, and logs it once it is answered. */
export function logRequests(fastify: FastifyInstance, routes: DescribedRoutes): void {
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const level = reply.statusCode >= 500 ? 'warn' : 'info';
    const { method } = request;
    const url = loggedUrl(request, routes);
    request.log[level]({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
}
