import fastifySession from '@fastify/session';
import type { Database } from '@rankforge/db';
import type { FastifyInstance } from 'fastify';
import type { ApiSettings } from '../platform/env.js';
import { PostgresSessions, sessionMs } from './session-store.js';

export const loginCookie = 'rankforge_session';

/** Sessions of people, where an identity provider is set up. Behind the cookie plugin. */
export async function registerSessions(
  fastify: FastifyInstance,
  { login, secureCookie }: ApiSettings,
  database: Database,
): Promise<void> {
  if (!login) return;
  await fastify.register(fastifySession, {
    secret: login.sessionSecret,
    cookieName: loginCookie,
    store: new PostgresSessions(database),
    saveUninitialized: false,
    rolling: false,
    // Lax, since the way back from the provider is a link from another site.
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure: secureCookie, maxAge: sessionMs },
  });
}
