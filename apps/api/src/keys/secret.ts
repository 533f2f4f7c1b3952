import { projectHeader } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';

/** Cookie the page signs in with. */
export const sessionCookie = 'rankforge_key';
/** Cookie by which the page of an admin of the installation keeps the project it looks at. */
export const projectCookie = 'rankforge_project';

/** The secret a request carries, in its Authorization header or else in the page's cookie. */
export function secretOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return request.cookies[sessionCookie];
}

/** The project a request names: by its header, or by the page's cookie where it signs in by one. */
export function projectOf(request: FastifyRequest): string | undefined {
  const named = request.headers[projectHeader];
  if (typeof named === 'string') return named;
  return request.headers.authorization === undefined ? request.cookies[projectCookie] : undefined;
}
