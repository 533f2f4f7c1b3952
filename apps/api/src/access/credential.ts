import { pageHeader, projectHeader } from '@rankforge/contracts';
import { hashKeySecret, hashSessionSecret, type SessionHashes } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
import { type CookieOptions, sessionIdOf } from './session-cookies.js';

/** Proof of who makes a request, as a hash: a secret is never kept, not even as the key of a counter. */
export type Credential = { kind: 'key'; hash: string } | ({ kind: 'session' } & SessionHashes);

/** The key in the Authorization header or, where there is no such header, the session of the page: its cookie and its token. */
export function credentialOf(request: FastifyRequest, cookies: CookieOptions): Credential | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const secret = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    return secret === undefined ? undefined : { kind: 'key', hash: hashKeySecret(secret) };
  }
  const id = sessionIdOf(request, cookies);
  if (id === undefined) return undefined;
  const token = request.headers[pageHeader];
  const pageHash = hashSessionSecret(typeof token === 'string' ? token : '');
  return { kind: 'session', hash: hashSessionSecret(id), pageHash };
}

/** The project that a request names in its header. */
export function namedProject(request: FastifyRequest): string | undefined {
  const named = request.headers[projectHeader];
  return typeof named === 'string' ? named : undefined;
}
