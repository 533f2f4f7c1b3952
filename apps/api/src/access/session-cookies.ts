/** @file Cookies of the page. Browsers share cookies between the ports of a host, so none holds anything but a random id. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Cookie of a page that is signed in. */
export const sessionCookie = 'rankforge_session';
/** Cookie of a browser that left for the identity provider. */
export const departureCookie = 'rankforge_departure';
/** Cookies of earlier versions; the first held a key, so signing in or out takes it away. */
const former = ['rankforge_key', 'rankforge_project'];

export interface CookieOptions {
  secureCookie: boolean;
}

/** Lets the page be used with the session, for so many seconds. Requests of other sites never carry it. */
export function setSession(request: FastifyRequest, reply: FastifyReply, id: string, options: IdOptions): void {
  setId(request, reply, sessionCookie, id, { ...options, sameSite: 'strict' });
  for (const name of former) reply.clearCookie(name, { path: '/' });
}

export function clearSession(request: FastifyRequest, reply: FastifyReply, options: CookieOptions): void {
  clearId(request, reply, sessionCookie, options);
  for (const name of former) reply.clearCookie(name, { path: '/' });
}

/** Remembers a departure until the provider sends the browser back: a link from another site, so not `strict`. */
export function setDeparture(request: FastifyRequest, reply: FastifyReply, id: string, options: IdOptions): void {
  setId(request, reply, departureCookie, id, { ...options, sameSite: 'lax' });
}

export function clearDeparture(request: FastifyRequest, reply: FastifyReply, options: CookieOptions): void {
  clearId(request, reply, departureCookie, options);
}

export function sessionIdOf(request: FastifyRequest, options: CookieOptions): string | undefined {
  return request.cookies[named(sessionCookie, isSecure(request, options))];
}

export function departureIdOf(request: FastifyRequest, options: CookieOptions): string | undefined {
  return request.cookies[named(departureCookie, isSecure(request, options))];
}

interface IdOptions extends CookieOptions {
  seconds: number;
}

function setId(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  id: string,
  options: IdOptions & { sameSite: 'strict' | 'lax' },
): void {
  const secure = isSecure(request, options);
  reply.setCookie(named(name, secure), id, {
    path: '/',
    httpOnly: true,
    sameSite: options.sameSite,
    secure,
    maxAge: options.seconds,
  });
}

function clearId(request: FastifyRequest, reply: FastifyReply, name: string, options: CookieOptions): void {
  const secure = isSecure(request, options);
  reply.clearCookie(named(name, secure), { path: '/', httpOnly: true, secure });
}

/** Under TLS a browser takes a `__Host-` cookie from this host over TLS alone: no subdomain and no plain page plants one. */
const named = (name: string, secure: boolean) => (secure ? `__Host-${name}` : name);

/** Under TLS as this process sees it, or as the operator says that browsers do. */
function isSecure(request: FastifyRequest, { secureCookie }: CookieOptions): boolean {
  return secureCookie || request.protocol === 'https';
}
