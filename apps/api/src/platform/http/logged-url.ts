import type { FastifyRequest } from 'fastify';
import type { DescribedRoutes } from './described-routes.js';

/** Keys, secrets of webhooks and tokens of the hub, where somebody put one into an address. */
const secret = /\b(rf|whsec|hf)_[\w+/=-]+/g;
const redacted = (text: string) => text.replaceAll(secret, '$1_[redacted]');

/** The address of a request as it may stand in a log: values of names that the route does not know are left out. */
export function loggedUrl(request: FastifyRequest, routes: DescribedRoutes): string {
  const [path = '', query] = request.url.split(/\?(.*)/s);
  const shown = redacted(decoded(path));
  // The way back from an identity provider carries a code.
  if (query === undefined || path.startsWith('/v1/login')) return shown;
  const known = routes.of(request)?.queries;
  const pairs = [...new URLSearchParams(query)].map(([name, value]) =>
    known?.has(name) ? `${name}=${redacted(value)}` : '[unknown]',
  );
  return `${shown}?${pairs.join('&')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '[malformed]';
  }
}
