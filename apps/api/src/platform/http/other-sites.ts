import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

/**
 * Refuses a request that a browser makes for a page of another origin, another port of this host included. Browsers say
 * so in Sec-Fetch-Site, over plain HTTP to another machine in Origin alone; programs send neither. The order is that of
 * Go's `http.CrossOriginProtection`.
 *
 * @param publicUrl address of the page, where a proxy in front of the API changes the host
 * @throws ProblemError `cross-site`
 */
export function refuseOtherSites(request: FastifyRequest, publicUrl?: URL): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) {
    // `none` is a person who typed the address or opened a bookmark.
    if (site === 'same-origin' || site === 'none') return;
    throw crossSite(`Sec-Fetch-Site: ${site}`);
  }
  const { origin } = request.headers;
  if (origin === undefined) return;
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (host !== undefined && (host === request.host || host === publicUrl?.host)) return;
  throw crossSite(`Origin: ${origin}`);
}

function crossSite(header: string): ProblemError {
  const detail = `This request comes from a page of another site (${header.slice(0, 200)}); a session serves its own page alone`;
  return new ProblemError('cross-site', detail);
}
