/**
 * @file The lease of a trial: claim, renew, write, end.
 *
 * A claim makes the token of the trial grow by one and gives it to the worker. Every write below names that token and is
 * one statement: where the trial is not `RUNNING` under the token, nothing changes and the function says so. Expiry is
 * judged by the clock of the database, never by a worker's.
 */
import { type DeviceView, type MemoryByPart, type TrialKind, TrialSpec, type TrialState } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

/** A queued trial `t` of a sweep `s` may run when its sweep runs, or when a running sweep waits for its result. */
export const mayRun = Prisma.sql`(s."state" = 'RUNNING' OR EXISTS (
  SELECT 1 FROM "Trial" f JOIN "Sweep" waiting ON waiting."id" = f."sweepId"
  WHERE f."leaderId" = t."id" AND f."state" = 'PENDING' AND waiting."state" = 'RUNNING'))`;

/** The right to write to one trial. */
export interface Lease {
  trialId: string;
  token: number;
}

export interface StoredArtifact {
  sha256: string;
  bytes: number;
  step: number;
}

/** What a worker needs to run a trial; read in the statement that claims it. */
export interface ClaimedTrial {
  lease: Lease;
  sweepId: string;
  kind: TrialKind;
  spec: TrialSpec;
  objective: { metric: string; direction: 'minimize' | 'maximize' };
  memoryBudgetMiB: number;
  predicted: MemoryByPart;
  /** 1-based number of this attempt. */
  attempt: number;
  timeoutSeconds: number;
  /** Newest first; a resumed trial goes on from the first that can be read. */
  checkpoints: StoredArtifact[];
  /** For `score`: the trial that was trained, and its adapter. */
  scores?: { trialId: string; adapter: StoredArtifact | undefined };
}

interface ClaimRow {
  leaseToken: bigint;
  attempt: number;
  sweepId: string;
  kind: TrialKind;
  spec: unknown;
  objectiveMetric: string;
  objectiveDirection: 'minimize' | 'maximize';
  memoryBudgetMiB: number;
  predicted: MemoryByPart;
  timeoutSeconds: number;
  checkpoints: StoredArtifact[];
  scoresTrialId: string | null;
  adapter: StoredArtifact | null;
}

/**
 * Takes a queued trial that may run for a worker: `QUEUED → RUNNING`, a new token, a new attempt.
 *
 * @returns undefined when there is nothing to take: another worker has it, it was cancelled, or its sweep is paused.
 * @example
 * const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 10 });
 * if (!claimed) return;
 */
export async function claimTrial(
  db: Database,
  input: { trialId: string; workerId: string; device: DeviceView['id']; leaseSeconds: number },
): Promise<ClaimedTrial | undefined> {
  const rows = await db.$queryRaw<ClaimRow[]>`
    WITH claimed AS (
      UPDATE "Trial" t SET
        "state" = 'RUNNING',
        "leaseToken" = t."leaseToken" + 1,
        "leaseExpiresAt" = clock_timestamp() + make_interval(secs => ${input.leaseSeconds}::float8),
        "workerId" = ${input.workerId}::uuid,
        "attempts" = t."attempts" + 1,
        "startedAt" = COALESCE(t."startedAt", clock_timestamp())
      FROM "Sweep" s
      WHERE t."id" = ${input.trialId}::uuid AND t."state" = 'QUEUED' AND s."id" = t."sweepId" AND ${mayRun}
      RETURNING t.*, s."objectiveMetric", s."objectiveDirection"
    ), kept AS (
      SELECT a."step", a."sha256", a."bytes"::float8 AS "bytes" FROM "Artifact" a
      WHERE a."trialId" = ${input.trialId}::uuid AND a."kind" = 'checkpoint'
    ), attempt AS (
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "workerId", "engine", "device")
      SELECT ${uuidv7()}::uuid, c."id", c."attempts", c."leaseToken", c."workerId", c."engine", ${input.device}
      FROM claimed c
    )
    SELECT c."leaseToken", c."attempts" AS "attempt", c."sweepId", c."kind", c."spec", c."objectiveMetric",
      c."objectiveDirection", c."memoryBudgetMiB", c."predicted", c."timeoutSeconds", c."scoresTrialId",
      COALESCE((SELECT jsonb_agg(to_jsonb(k) ORDER BY k."step" DESC) FROM kept k), '[]') AS "checkpoints",
      (SELECT jsonb_build_object('step', a."step", 'sha256', a."sha256", 'bytes', a."bytes") FROM "Artifact" a
        WHERE a."trialId" = COALESCE(scored."leaderId", scored."id") AND a."kind" = 'adapter'
        ORDER BY a."step" DESC LIMIT 1) AS "adapter"
    FROM claimed c LEFT JOIN "Trial" scored ON scored."id" = c."scoresTrialId"`;
  const row = rows[0];
  if (!row) return undefined;
  return {
    lease: { trialId: input.trialId, token: Number(row.leaseToken) },
    sweepId: row.sweepId,
    kind: row.kind,
    spec: TrialSpec.parse(row.spec),
    objective: { metric: row.objectiveMetric, direction: row.objectiveDirection },
    memoryBudgetMiB: row.memoryBudgetMiB,
    predicted: row.predicted,
    attempt: row.attempt,
    timeoutSeconds: row.timeoutSeconds,
    checkpoints: row.checkpoints,
    ...(row.scoresTrialId ? { scores: { trialId: row.scoresTrialId, adapter: row.adapter ?? undefined } } : {}),
  };
}

/** How a lease stands after an attempt to renew it. */
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
    rows.map(({ id, held, state }) => [id, held ? 'held' : state === 'CANCELLED' ? 'cancelled' : 'lost'] as const),
  );
}

/** A lease that ran out, or nearly: what became of its trial. */
export interface ExpiredLease {
  trialId: string;
  state: 'QUEUED' | 'FAILED';
}

/**
 * Puts every running trial whose lease has run out back on its queue, or fails it when its attempts are used up.
 * Leases are spared until the server has been up for `graceSeconds`: after an outage their holders renew first.
 */
export async function expireLeases(
  db: Database,
  options: { graceSeconds: number; limit?: number },
): Promise<ExpiredLease[]> {
  return db.$queryRaw<ExpiredLease[]>`
    WITH expired AS (
      SELECT t."id" FROM "Trial" t
      WHERE t."state" = 'RUNNING' AND t."leaseExpiresAt" < clock_timestamp()
        AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => ${options.graceSeconds}::float8)
      ORDER BY t."leaseExpiresAt" LIMIT ${options.limit ?? 500}::int
      FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE "Trial" t SET
        "state" = (CASE WHEN t."attempts" >= t."maxAttempts" THEN 'FAILED' ELSE 'QUEUED' END)::"TrialState",
        "reason" = CASE WHEN t."attempts" >= t."maxAttempts"
          THEN format('its worker was lost, and this was attempt %s of %s', t."attempts", t."maxAttempts") END,
        "finishedAt" = CASE WHEN t."attempts" >= t."maxAttempts" THEN clock_timestamp() END,
        "queuedAt" = CASE WHEN t."attempts" >= t."maxAttempts" THEN t."queuedAt" ELSE clock_timestamp() END,
        "leaseExpiresAt" = NULL, "workerId" = NULL
      FROM expired WHERE t."id" = expired."id"
      RETURNING t."id", t."state", t."engine", t."memoryClassMiB", t."attempts", t."priority", t."leaseToken"
    ), ended AS (
      UPDATE "Attempt" a SET "endedAt" = clock_timestamp(), "outcome" = 'lease-lost', "reason" = 'the lease ran out'
      FROM moved WHERE a."trialId" = moved."id" AND a."leaseToken" = moved."leaseToken" AND a."endedAt" IS NULL
    ), woken AS (
      INSERT INTO "Outbox" ("trialId", "queue", "attempt", "priority")
      SELECT moved."id", format('trials.%s.%s', moved."engine", moved."memoryClassMiB"), moved."attempts", moved."priority"
      FROM moved WHERE moved."state" = 'QUEUED'
    )
    SELECT moved."id" AS "trialId", moved."state"::text AS "state" FROM moved`;
}
