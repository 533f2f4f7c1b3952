import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { pageHeader, pageTokenItem } from '@rankforge/contracts';
import type { FastifyInstance } from 'fastify';

const folder = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/package.json')));

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rankforge API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;

const start = `window.SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  requestInterceptor: (request) => {
    const headers = { ...request.headers, '${pageHeader}': localStorage.getItem('${pageTokenItem}') ?? '' };
    return { ...request, headers, credentials: 'same-origin' };
  },
});
`;

/** The page of the OpenAPI document at `/docs`; it reads `/v1/openapi.json` with the key of the page's session. */
export async function serveDocsPage(fastify: FastifyInstance): Promise<void> {
  await fastify.register(fastifyStatic, {
    root: folder,
    prefix: '/docs/',
    decorateReply: false,
    index: false,
    allowedPath: (path) => /^\/swagger-ui(-bundle)?\.(css|js)$/.test(path),
  });
  fastify.get('/docs', (_, reply) => reply.type('text/html; charset=utf-8').send(page));
  fastify.get('/docs/start.js', (_, reply) => reply.type('text/javascript; charset=utf-8').send(start));
}
