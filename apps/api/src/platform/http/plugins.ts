import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyMultipart from '@fastify/multipart';
import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { credentialOf } from '../../keys/credential.js';
import type { ApiSettings } from '../env.js';
import { loggedUrl } from './logged-url.js';
import { ProblemError } from './problem.js';
import type { QueryNames } from './query-names.js';

/** Text and JSON; a stream of events is never held back, and files of weights do not get smaller. */
const compressible = /^(application\/(([\w.-]+\+)?json|javascript)|text\/(?!event-stream))/;

/** Compression, cookies, security headers and the rate limit. */
export async function registerPlugins(
  fastify: FastifyInstance,
  settings: ApiSettings,
  names: QueryNames,
): Promise<void> {
  await fastify.register(fastifyCompress, {
    encodings: ['br', 'gzip'],
    customTypes: compressible,
    // A request is read as it is sent: a small one could be unpacked to gigabytes.
    globalDecompression: false,
  });
  await fastify.register(fastifyCookie);
  await fastify.register(fastifyMultipart);
  await fastify.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component library of the page sets styles on elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: settings.secureCookie,
    xFrameOptions: { action: 'deny' },
  });
  await fastify.register(fastifyRateLimit, {
    max: settings.requestsPerMinute,
    timeWindow: '1 minute',
    allowList: (request) => request.url === '/livez' || request.url === '/readyz',
    keyGenerator: (request) => credentialOf(request, settings)?.hash ?? request.ip,
    errorResponseBuilder: (_, { max, after }) =>
      new ProblemError('rate-limited', `${max} requests a minute are allowed; try again in ${after}`),
  });
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const level = reply.statusCode >= 500 ? 'warn' : 'info';
    const { method } = request;
    const url = loggedUrl(request, names);
    request.log[level]({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
}
