import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

/** Times every request by its route's pattern, never by its address: the number of series stays small. */
export function timeRequests(fastify: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'rankforge_http_request_duration_seconds',
    help: 'Time to answer a request; streams of events are not counted',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  fastify.addHook('onResponse', async (request, reply) => {
    if (reply.raw.getHeader('content-type') === 'text/event-stream') return;
    const route = request.routeOptions.url ?? 'unknown';
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}
