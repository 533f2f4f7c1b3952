/**
 * @file A federation whose clients train as trials: it waits for those of a round, and their files go when nothing reads them any more.
 * Each write of a worker is one fenced statement: see lease.ts.
 */
import { type MemoryPart, storable, type TrialState } from '@rankforge/contracts';
import type { StoredArtifact } from './artifacts.js';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import type { Lease } from './lease.js';
import { isSettled } from './trial-states.js';

/** The turns that a federation waits for: those of some clients in a round, 0-based. */
export interface Awaits {
  round: number;
  /** Their places, and the names of their sites. */
  clients: readonly { place: number; name: string }[];
  /** Work that they are waited for, where it is no training: e.g. their scores. */
  what?: string;
}

/** How the turn of a client stands. */
export interface Turn {
  client: number;
  state: TrialState;
  reason: string | null;
  dominantPart: MemoryPart;
  /** The file that it left; null where there is none. */
  left: StoredArtifact | null;
}

/** SQL: the turns of the round that a trial, by its alias, waits for, in the order of clients; null where there are none. */
export const turnsOf = (alias: string): Prisma.Sql => {
  const of = Prisma.raw(alias);
  return Prisma.sql`(
    SELECT jsonb_agg(jsonb_build_object('client', u."client", 'state', u."state", 'reason', u."reason", 'dominantPart', u."dominantPart", 'left', (
      SELECT jsonb_build_object('step', a."step", 'sha256', a."sha256", 'bytes', a."bytes") FROM "Artifact" a
      WHERE a."trialId" = u."id" AND a."kind" = 'turn')) ORDER BY u."client")
    FROM "Trial" u WHERE u."partOfId" = ${of}."id" AND u."round" = (${of}."awaits"->>'round')::int)`;
};

/**
 * Ends the attempt of a federation until the turns of a round have ended: `RUNNING → PENDING`. That costs no attempt.
 *
 * @returns false when the lease is not the current one; nothing is written then
 */
export async function awaitTurns(db: Database, lease: Lease, awaits: Awaits, logTail: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    WITH moved AS (
      UPDATE "Trial" SET "state" = 'PENDING', "awaits" = ${JSON.stringify(awaits)}::jsonb, "maxAttempts" = "maxAttempts" + 1,
        "leaseExpiresAt" = NULL, "workerId" = NULL
      WHERE "id" = ${lease.trialId}::uuid AND "leaseToken" = ${lease.token}::bigint AND "state" = 'RUNNING'
      RETURNING "id"
    ), ended AS (
      UPDATE "Attempt" a SET "endedAt" = clock_timestamp(), "outcome" = 'waits', "logTail" = ${storable(logTail)},
        "reason" = ${awaits.what === undefined ? `it waits for the clients of round ${awaits.round + 1}` : `it waits for ${awaits.what}`}
      FROM moved WHERE a."trialId" = moved."id" AND a."leaseToken" = ${lease.token}::bigint
    )
    SELECT "id" FROM moved`;
  return rows.length > 0;
}

/**
 * Drops the files of turns that nothing will read: of rounds before the last one that was awaited, as a checkpoint that cannot be read
 * sends a federation back by one round; or of all where the federation has ended for good.
 *
 * @returns checksums that no trial refers to any more
 */
export async function dropTurns(db: Database, trialId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ sha256: string }[]>`
    WITH dropped AS (
      DELETE FROM "Artifact" d USING "Trial" u, "Trial" p
      WHERE d."trialId" = u."id" AND d."kind" = 'turn' AND p."id" = ${trialId}::uuid AND u."partOfId" = p."id"
        AND (${isSettled('p')} OR u."round" < (p."awaits"->>'round')::int - 1)
      RETURNING d."id", d."sha256"
    )
    SELECT DISTINCT dropped."sha256" FROM dropped
    WHERE NOT EXISTS (
      SELECT 1 FROM "Artifact" a
      WHERE a."sha256" = dropped."sha256" AND a."id" NOT IN (SELECT "id" FROM dropped))`;
  return rows.map(({ sha256 }) => sha256);
}
