import { defaultProject, pageHeader } from '@rankforge/contracts';
import { isSameSecret } from '@rankforge/db';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiSettings } from '../platform/env.js';
import { refuseOtherSites } from '../platform/http/other-sites.js';
import { ProblemError } from '../platform/http/problem.js';
import { type Caller, isPublic, setCaller } from './access.js';
import type { Callers } from './callers.js';
import { credentialOf, namedProject } from './credential.js';
import type { FailedAttempts } from './failed-attempts.js';
import type { RequestLimits } from './rate-limit.js';

/** Paths of routes that need a key unless they are public. */
const keyed = /^\/(v1|metrics)(\/|$)/;

const sessionOver = `This session is over, or the page did not send its token in "${pageHeader}"; sign in again`;

interface Authentication {
  callers: Callers;
  failures: FailedAttempts;
  limits: RequestLimits;
  settings: ApiSettings;
}

/** The caller that shows the metrics token, which opens that route alone. */
const metricsReader: Caller = {
  credential: { kind: 'key', hash: '' },
  keyId: null,
  name: 'the metrics token',
  role: 'viewer',
  project: defaultProject,
  installation: true,
};

function showsMetricsToken({ headers }: FastifyRequest, { metricsToken }: ApiSettings): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return metricsToken !== undefined && given !== undefined && isSameSecret(given, metricsToken);
}

/**
 * Finds who calls before a body is read, so that nobody without a key makes the API wait for one. It runs behind the rate
 * limit; the guard of each route then looks at the role.
 */
export function authenticateRequests(fastify: FastifyInstance, options: Authentication): void {
  fastify.addHook('preParsing', async (request) => {
    const { url, config } = request.routeOptions;
    if (!url || !keyed.test(url) || isPublic(config)) return;
    if (url === '/metrics' && showsMetricsToken(request, options.settings)) return setCaller(request, metricsReader);
    await authenticate(request, options);
  });
}

async function authenticate(request: FastifyRequest, options: Authentication): Promise<void> {
  const { callers, failures, limits, settings } = options;
  const credential = credentialOf(request, settings);
  if (!credential) {
    throw new ProblemError('unauthenticated', 'Send "Authorization: Bearer rf_…", with a key of this installation');
  }
  // A browser adds the cookie to requests that pages of other sites make, so these are told apart by what it says of them.
  if (credential.kind === 'session') refuseOtherSites(request, settings.publicUrl);
  const caller = await callers.find(credential, namedProject(request));
  if (caller) {
    await limits.prove(request, credential);
    return setCaller(request, caller);
  }
  if (credential.kind === 'session') throw new ProblemError('unauthenticated', sessionOver);
  await failures.note(request);
  throw new ProblemError('unauthenticated', 'This key is unknown, revoked or at its end');
}
