/**
 * @file Sessions of the page. The cookie holds an id and the page itself a token, each of 256 random bits, and Postgres their
 * hashes. Browsers send a cookie to every port of its host; the token stays with the page's own origin.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from './client.js';
import type { Prisma } from './generated/client.js';

type Sql = Database | Prisma.TransactionClient;

/** What is stored of an id or a token: its SHA-256 as hex. */
export function hashSessionSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What opens a session, as hashes. */
export interface SessionHashes {
  hash: string;
  pageHash: string;
}

/** Who signed in: a key, by the hash of its secret, or a person, as the API describes one. */
export type SessionOpener = { keyHash: string } | { person: Prisma.InputJsonObject };

export interface LiveSession {
  keyHash: string | null;
  person: unknown;
  /** The project that was chosen in this session. */
  project: { id: string; name: string } | null;
}

/**
 * Begins a session and removes those that have ended.
 * @returns the id for the cookie and the token for the page, which can never be read again
 */
export async function beginSession(
  db: Sql,
  opener: SessionOpener,
  seconds: number,
): Promise<{ id: string; pageToken: string }> {
  const [id, pageToken] = [randomSecret(), randomSecret()];
  const [keyHash, person] = 'keyHash' in opener ? [opener.keyHash, null] : [null, JSON.stringify(opener.person)];
  await db.$executeRaw`DELETE FROM "Session" WHERE "expiresAt" <= clock_timestamp()`;
  await db.$executeRaw`
    INSERT INTO "Session" ("hash", "pageHash", "keyHash", "person", "expiresAt")
    VALUES (${hashSessionSecret(id)}, ${hashSessionSecret(pageToken)}, ${keyHash}, ${person}::jsonb, clock_timestamp() + make_interval(secs => ${seconds}::float8))`;
  return { id, pageToken };
}

const randomSecret = () => randomBytes(32).toString('base64url');

/** The session that these open; undefined when it has ended or there is none. The clock of the database judges. */
export async function findSession(db: Sql, { hash, pageHash }: SessionHashes): Promise<LiveSession | undefined> {
  const [row] = await db.$queryRaw<
    { keyHash: string | null; person: unknown; projectId: string | null; project: string | null }[]
  >`
    SELECT s."keyHash", s."person", s."projectId", p."name" AS "project"
    FROM "Session" s LEFT JOIN "Project" p ON p."id" = s."projectId"
    WHERE s."hash" = ${hash} AND s."pageHash" = ${pageHash} AND s."expiresAt" > clock_timestamp()`;
  if (!row) return undefined;
  const { keyHash, person, projectId, project } = row;
  return { keyHash, person, project: projectId === null ? null : { id: projectId, name: project! } };
}

/** Sets the project that the page of an admin of the installation looks at. */
export async function chooseSessionProject(db: Sql, hash: string, projectId: string): Promise<void> {
  await db.session.updateMany({ where: { hash }, data: { projectId } });
}

/** Ends a session for every replica; one that has ended stays so. */
export async function endSession(db: Sql, hash: string): Promise<void> {
  await db.session.deleteMany({ where: { hash } });
}
