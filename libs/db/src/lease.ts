/**
 * @file The lease of a trial: claim (claim.ts), renew, write, end.
 *
 * A claim makes the token of the trial grow by one and gives it to the worker. Every write below names that token and is
 * one statement: where the trial is not `RUNNING` under the token, nothing changes and the function says so. Expiry is
 * judged by the clock of the database, never by a worker's.
 */
import { longestLeaseSeconds, type TrialState } from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { wakeUps } from './outbox.js';

/** A queued trial `t` of a sweep `s` may run when its sweep runs, or when a running sweep waits for its result. */
export const mayRun = Prisma.sql`(s."state" = 'RUNNING' OR EXISTS (
  SELECT 1 FROM "Trial" f JOIN "Sweep" waiting ON waiting."id" = f."sweepId"
  WHERE f."leaderId" IN (t."id", t."partOfId") AND f."state" = 'PENDING' AND waiting."state" = 'RUNNING'))`;

/** The right to write to one trial. */
export interface Lease {
  trialId: string;
  token: number;
}

/** A statement waits for a row that another one has locked, or passes it over. */
export type Locked = 'wait' | 'pass-over';

/** SQL: the end of a clause that locks rows. */
export const passOver = (locked: Locked) => (locked === 'wait' ? Prisma.empty : Prisma.sql`SKIP LOCKED`);

/** How a lease stands after an attempt to renew it; `cancelled` where the trial was told to stop. */
export type LeaseStanding = 'held' | 'cancelled' | 'lost';

/**
 * Renews leases, all in one statement. An expired lease that nobody took yet is renewed as well.
 * @returns the standing of each lease, by trial id.
 */
export async function renewLeases(
  db: Database,
  leases: readonly Lease[],
  leaseSeconds: number,
): Promise<Map<string, LeaseStanding>> {
  if (leases.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; held: boolean; state: TrialState | null }[]>`
    WITH asked AS (
      SELECT * FROM unnest(${leases.map((lease) => lease.trialId)}::uuid[], ${leases.map((lease) => lease.token)}::bigint[])
        AS l("id", "token")
    ), renewed AS (
      UPDATE "Trial" t SET "leaseExpiresAt" = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)
      FROM asked WHERE t."id" = asked."id" AND t."leaseToken" = asked."token" AND t."state" = 'RUNNING'
      RETURNING t."id"
    )
    SELECT asked."id", (renewed."id" IS NOT NULL) AS "held", t."state"::text AS "state"
    FROM asked LEFT JOIN renewed USING ("id") LEFT JOIN "Trial" t USING ("id")`;
  return new Map(
    rows.map(({ id, held, state }) => [id, held ? 'held' : toldToStop(state) ? 'cancelled' : 'lost'] as const),
  );
}

/** By a person, or by the strategy of its sweep. */
const toldToStop = (state: TrialState | null) => state === 'CANCELLED' || state === 'PRUNED';

/** A lease that ran out, or nearly: what became of its trial. */
export interface ExpiredLease {
  trialId: string;
  state: 'QUEUED' | 'FAILED';
}

/**
 * Puts every running trial whose lease has run out back on its queue, or fails it when its attempts are used up.
 * The loss of a pack says of no member that it was the cause: it costs none an attempt, and each goes on without others.
 * An attempt ended when its lease did, however much later that is found: a machine that was off for hours trained nothing.
 * Leases are spared until the server has been up for `graceSeconds`: after an outage their holders renew first.
 */
export async function expireLeases(
  db: Database,
  options: { graceSeconds: number; limit?: number },
): Promise<ExpiredLease[]> {
  return db.$queryRaw<ExpiredLease[]>`
    WITH expired AS (
      SELECT t."id", t."leaseExpiresAt" AS "ranOutAt" FROM "Trial" t
      WHERE t."state" = 'RUNNING' AND t."leaseExpiresAt" < clock_timestamp()
        AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => ${options.graceSeconds}::float8)
      ORDER BY t."leaseExpiresAt" LIMIT ${options.limit ?? 500}::int
      FOR UPDATE SKIP LOCKED
    ), verdict AS (
      SELECT e."id", e."ranOutAt", p."packed", NOT p."packed" AND t."attempts" >= t."maxAttempts" AS "over"
      FROM expired e JOIN "Trial" t USING ("id") CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT 1 FROM "Attempt" a
        WHERE a."trialId" = t."id" AND a."leaseToken" = t."leaseToken" AND a."packId" IS NOT NULL) AS "packed") p
    ), moved AS (
      UPDATE "Trial" t SET
        "state" = (CASE WHEN v."over" THEN 'FAILED' ELSE 'QUEUED' END)::"TrialState",
        "reason" = CASE WHEN v."over"
          THEN format('its worker was lost, and this was attempt %s of %s', t."attempts", t."maxAttempts") END,
        "finishedAt" = CASE WHEN v."over" THEN clock_timestamp() END,
        "queuedAt" = CASE WHEN v."over" THEN t."queuedAt" ELSE clock_timestamp() END,
        "alone" = t."alone" OR v."packed",
        "maxAttempts" = t."maxAttempts" + v."packed"::int,
        "leaseExpiresAt" = NULL, "workerId" = NULL
      FROM verdict v WHERE t."id" = v."id"
      RETURNING t."id", t."state", t."engine", t."memoryClassMiB", t."site", t."attempts", t."priority", t."leaseToken", v."ranOutAt"
    ), ended AS (
      UPDATE "Attempt" a SET "endedAt" = GREATEST(a."startedAt", moved."ranOutAt"), "outcome" = 'lease-lost',
        "reason" = 'the lease ran out'
      FROM moved WHERE a."trialId" = moved."id" AND a."leaseToken" = moved."leaseToken" AND a."endedAt" IS NULL
    ), woken AS (
      ${wakeUps(Prisma.sql`moved WHERE "state" = 'QUEUED'`)}
    )
    SELECT moved."id" AS "trialId", moved."state"::text AS "state" FROM moved`;
}

/**
 * Ends the attempts of trials that were told to stop and whose worker was killed before it heard of it: as their trials ended. A worker
 * that lives has ended its own by then, since it hears of it when it renews its lease.
 * @returns how many
 */
export async function endLostAttempts(db: Database): Promise<number> {
  return db.$executeRaw`
    UPDATE "Attempt" a SET "endedAt" = GREATEST(a."startedAt", t."finishedAt"), "outcome" = 'cancelled',
      "reason" = 'its worker was lost before it heard that the trial had ended'
    FROM "Trial" t
    WHERE a."endedAt" IS NULL AND t."id" = a."trialId" AND t."state" IN ('CANCELLED', 'PRUNED')
      AND t."finishedAt" < clock_timestamp() - make_interval(secs => ${longestLeaseSeconds}::float8)`;
}
