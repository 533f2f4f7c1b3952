import { createHash } from 'node:crypto';
import type { SessionStore } from '@fastify/session';
import type { Database } from '@rankforge/db';

type Session = Parameters<SessionStore['set']>[1];

/** Longest life of a session, after which a person signs in again. */
export const sessionMs = 8 * 3600_000;

const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');

/** Sessions in Postgres, so that signing out ends them for every replica, and the database holds none that can be used. */
export class PostgresSessions implements SessionStore {
  constructor(private readonly database: Database) {}

  set(id: string, session: Session, done: (error?: Error) => void): void {
    const row = { data: JSON.parse(JSON.stringify(session)) as object, expiresAt: new Date(Date.now() + sessionMs) };
    const hash = hashOf(id);
    // Its life begins when it is made, and is not made longer by use.
    this.database.loginSession
      .upsert({ where: { hash }, create: { hash, ...row }, update: { data: row.data } })
      .then(() => this.database.loginSession.deleteMany({ where: { expiresAt: { lt: new Date() } } }))
      .then(() => done(), done);
  }

  get(id: string, done: (error: Error | null, session?: Session | null) => void): void {
    this.database.loginSession.findUnique({ where: { hash: hashOf(id) } }).then((row) => {
      done(null, row && row.expiresAt > new Date() ? (row.data as unknown as Session) : null);
    }, done);
  }

  destroy(id: string, done: (error?: Error) => void): void {
    this.database.loginSession.deleteMany({ where: { hash: hashOf(id) } }).then(() => done(), done);
  }
}
