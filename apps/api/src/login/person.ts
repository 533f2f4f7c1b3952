import type { ProjectName, Role } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';

/** Who signed in through the provider, as the session keeps it. */
export interface Person {
  name: string;
  role: Role;
  /** Null: an admin of the installation. */
  project: ProjectName | null;
}

declare module 'fastify' {
  interface Session {
    /** Between leaving for the provider and coming back. */
    login?: { state: string; nonce: string; verifier: string };
    person?: Person;
  }
}

/** The person of a request; undefined where nobody signed in, or the request comes from another site's page. */
export function personOf(request: FastifyRequest): Person | undefined {
  // There is no session where no provider is set up.
  const person = (request as Partial<FastifyRequest>).session?.person;
  if (!person) return undefined;
  // SameSite=Lax keeps the cookie from other sites' requests but for links; this holds where a browser does not.
  const from = request.headers['sec-fetch-site'];
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  return changes && (from === 'cross-site' || from === 'same-site') ? undefined : person;
}
