import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.filter.js';
import { ProblemError } from './problem.js';

/** Paths of programs: an unknown one is a problem, never the page. */
const programPaths = /^\/(v1|docs|metrics|livez|readyz)(\/|\?|$)/;

/**
 * Serves the built page. Its addresses are made in the browser, so every other GET of a document is the page; the page
 * holds no data and needs no key.
 */
export async function serveDashboard(fastify: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(join(folder, 'index.html'));
  if (built) {
    await fastify.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      decorateReply: true,
      index: ['index.html'],
      setHeaders: (reply, path) => {
        const hashed = path.includes(`${join(folder, 'assets')}`);
        void reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  fastify.get('/*', (request, reply) => {
    const document = (request.headers.accept ?? '').includes('text/html');
    if (built && document && !programPaths.test(request.url)) return reply.sendFile('index.html');
    const path = request.url.split('?')[0];
    sendProblem(request, reply, new ProblemError('not-found', `There is nothing at ${request.method} ${path}`));
    return reply;
  });
}
