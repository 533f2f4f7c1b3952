import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyMultipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { ApiSettings } from '../env.js';

/** Text and JSON; a stream of events is never held back, and files of weights do not get smaller. */
const compressible = /^(application\/(([\w.-]+\+)?json|javascript)|text\/(?!event-stream))/;

/** Compression, cookies, uploads and security headers. */
export async function registerPlugins(fastify: FastifyInstance, settings: ApiSettings): Promise<void> {
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
}
