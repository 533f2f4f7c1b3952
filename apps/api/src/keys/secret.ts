import type { FastifyRequest } from 'fastify';

/** Cookie the page signs in with. */
export const sessionCookie = 'rankforge_key';

/** The secret a request carries, in its Authorization header or else in the page's cookie. */
export function secretOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return request.cookies[sessionCookie];
}
