/** @file What a running trial writes under its lease: metrics, artifacts, its log. See lease.ts for the fence. */
import { type ArtifactView, storable } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';
import type { Lease } from './lease.js';
import { hasEnded } from './trial-states.js';

export interface MetricPoint {
  name: string;
  step: number;
  /** Finite. */
  value: number;
}

/**
 * Stores a batch of metric points with the trial's progress, in one statement. A point that is there already is replaced:
 * a trial that goes on from a checkpoint passes the same steps again and leaves neither gap nor duplicate.
 *
 * @returns false when the lease is not the current one; nothing is written then
 * @throws RangeError on a value that is not finite
 * @example await recordMetrics(db, lease, { points: [{ name: 'train/loss', step: 3, value: 2.1 }], step: 3, loss: 2.1 });
 */
export async function recordMetrics(
  db: Database,
  lease: Lease,
  batch: { points: readonly MetricPoint[]; step: number; loss: number | null },
): Promise<boolean> {
  const bad = batch.points.find((point) => !Number.isFinite(point.value));
  if (bad)
    throw new RangeError(`metric ${bad.name} of step ${bad.step} is ${bad.value}: only finite values are stored`);
  const { points } = batch;
  const rows = await db.$queryRaw<unknown[]>`
    WITH held AS (
      UPDATE "Trial" SET "step" = ${batch.step}::int, "loss" = ${batch.loss}::float8
      WHERE "id" = ${lease.trialId}::uuid AND "leaseToken" = ${lease.token}::bigint AND "state" = 'RUNNING'
      RETURNING "id", "sweepId", "step", "loss"
    ), stored AS (
      INSERT INTO "Metric" ("trialId", "name", "step", "value")
      SELECT DISTINCT ON (p."name", p."step") held."id", p."name", p."step", p."value"
      FROM held, unnest(
        ${points.map((point) => point.name)}::text[],
        ${points.map((point) => point.step)}::int[],
        ${points.map((point) => point.value)}::float8[]
      ) WITH ORDINALITY AS p("name", "step", "value", "ordinal")
      ORDER BY p."name", p."step", p."ordinal" DESC
      ON CONFLICT ("trialId", "name", "step") DO UPDATE SET "value" = EXCLUDED."value"
    ), progress AS (
      INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
      SELECT 'trial.progress', "sweepId", "id", jsonb_build_object('step', "step", 'loss', "loss") FROM held
    )
    SELECT pg_notify('rankforge_event', "sweepId"::text)::text FROM held`;
  return rows.length > 0;
}

/** Notes on the attempt of a lease, from which step it went on. A trial that starts anew has none. */
export async function recordResume(db: Database, lease: Lease, fromStep: number): Promise<void> {
  await db.attempt.updateMany({
    where: { trialId: lease.trialId, leaseToken: lease.token, endedAt: null },
    data: { resumedFromStep: fromStep },
  });
}

/** Stores the end of the log of a lease's attempt while it runs. */
export async function recordLog(db: Database, lease: Lease, logTail: string): Promise<void> {
  await db.attempt.updateMany({
    where: { trialId: lease.trialId, leaseToken: lease.token, endedAt: null },
    data: { logTail: storable(logTail) },
  });
}

/**
 * Records an artifact whose bytes are in the store already. Of checkpoints the newest `keep` stay.
 * @returns whether the lease was held, and the checksums that no trial refers to any more
 */
export async function recordArtifact(
  db: Database,
  lease: Lease,
  artifact: { kind: ArtifactView['kind']; step: number; sha256: string; bytes: number },
  options: { keep: number },
): Promise<{ held: boolean; unreferenced: string[] }> {
  const recorded = await db.$executeRaw`
    INSERT INTO "Artifact" ("id", "trialId", "kind", "step", "sha256", "bytes")
    SELECT ${uuidv7()}::uuid, t."id", ${artifact.kind}, ${artifact.step}::int, ${artifact.sha256}, ${artifact.bytes}::bigint
    FROM "Trial" t
    WHERE t."id" = ${lease.trialId}::uuid AND t."leaseToken" = ${lease.token}::bigint AND t."state" = 'RUNNING'
    FOR UPDATE OF t
    ON CONFLICT ("trialId", "kind", "step") DO UPDATE SET
      "sha256" = EXCLUDED."sha256", "bytes" = EXCLUDED."bytes", "createdAt" = clock_timestamp()`;
  if (recorded === 0) return { held: false, unreferenced: [] };
  return { held: true, unreferenced: await keepNewest(db, lease.trialId, artifact.kind, options.keep) };
}

/**
 * Drops the checkpoints of a trial that has ended: nothing will go on from them.
 * @returns checksums that no trial refers to any more; none while the trial may still run
 */
export async function dropCheckpoints(db: Database, trialId: string): Promise<string[]> {
  return keepNewest(db, trialId, 'checkpoint', 0);
}

/** Keeping none is for trials that have ended. */
async function keepNewest(db: Database, trialId: string, kind: ArtifactView['kind'], keep: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ sha256: string }[]>`
    WITH dropped AS (
      DELETE FROM "Artifact" WHERE "id" IN (
        SELECT "id" FROM "Artifact" WHERE "trialId" = ${trialId}::uuid AND "kind" = ${kind}
        ORDER BY "step" DESC OFFSET ${keep}::int)
      AND (${keep}::int > 0 OR EXISTS (
        SELECT 1 FROM "Trial" t
        WHERE t."id" = ${trialId}::uuid AND ${hasEnded('t')}))
      RETURNING "id", "sha256"
    )
    SELECT DISTINCT dropped."sha256" FROM dropped
    WHERE NOT EXISTS (
      SELECT 1 FROM "Artifact" a
      WHERE a."sha256" = dropped."sha256" AND a."id" NOT IN (SELECT "id" FROM dropped))`;
  return rows.map((row) => row.sha256);
}
