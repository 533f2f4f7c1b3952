/** @file How a running trial ends, or goes back to its queue. Each is one fenced statement: see lease.ts. */
import {
  type ArtifactView,
  type AttemptOutcome,
  dominantPart,
  type MemoryByPart,
  type MemoryPart,
  storable,
  type TrialResult,
} from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { StoredArtifact } from './artifacts.js';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { type Lease, type Locked, passOver } from './lease.js';
import { wakeUps } from './outbox.js';

/** An end that leaves a final state. */
export type TrialOutcome =
  | {
      state: 'SUCCEEDED';
      result: TrialResult;
      /** Absent for `score`. */
      measured?: MemoryByPart;
      /** Validation value of the sweep's objective; null for `score`. */
      objective: number | null;
      /** By metric: for `score` those of the test split, for a training that ends at a rung those that it was judged by there. */
      exampleScores?: Readonly<Record<string, readonly number[]>>;
      step: number;
    }
  | { state: 'OVER_BUDGET'; reason: string; measured?: MemoryByPart; dominantPart: MemoryPart }
  | { state: 'FAILED'; reason: string; attempt: Extract<AttemptOutcome, 'failed' | 'timed-out'> };

const attemptOutcome = (outcome: TrialOutcome): AttemptOutcome =>
  outcome.state === 'FAILED' ? outcome.attempt : outcome.state === 'SUCCEEDED' ? 'succeeded' : 'over-budget';

/** An artifact that a trial leaves, in the store already. */
export type LeftArtifact = StoredArtifact & { kind: ArtifactView['kind'] };

/** How one trial ends. */
export interface TrialEnd {
  lease: Lease;
  outcome: TrialOutcome;
  logTail: string;
  /** Each takes the place of what an earlier attempt left of its kind. Default: none. */
  artifacts?: readonly LeftArtifact[];
  /** Nothing goes on from its checkpoints. Default: they stay. */
  dropsCheckpoints?: boolean;
}

/**
 * Writes the result of each trial with the artifacts that it leaves, and ends its attempt. One statement does it for all, and each
 * row is written by its own lease alone.
 *
 * @param options.locked what becomes of a trial whose row another statement has locked: this one waits, or passes it over. Only a
 * statement for one trial may wait: one that holds rows of others meanwhile could wait in a circle.
 * @returns by the id of each trial that was written, checksums of its artifacts that no trial refers to any more. The lease of
 * another is not the current one, or its row was passed over.
 */
export async function finishTrials(
  db: Database,
  ends: readonly TrialEnd[],
  { locked }: { locked: Locked },
): Promise<ReadonlyMap<string, { unreferenced: string[] }>> {
  const rows = await db.$queryRaw<{ id: string; unreferenced: string[] }[]>`
    WITH ends AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(ends.map(endRow))}::jsonb) AS e("id" uuid, "token" bigint, "state" "TrialState",
        "reason" text, "result" jsonb, "measured" jsonb, "measuredBytes" bigint, "dominantPart" text, "objective" float8,
        "exampleScores" jsonb, "step" int, "attempt" text, "logTail" text, "artifacts" jsonb, "dropsCheckpoints" boolean)
    ), held AS (
      SELECT t."id" FROM "Trial" t JOIN ends e USING ("id")
      WHERE t."leaseToken" = e."token" AND t."state" = 'RUNNING'
      FOR NO KEY UPDATE OF t ${passOver(locked)}
    ), finished AS (
      UPDATE "Trial" t SET
        "state" = e."state", "reason" = e."reason", "result" = e."result", "measured" = e."measured",
        "measuredBytes" = e."measuredBytes", "dominantPart" = COALESCE(e."dominantPart", t."dominantPart"),
        "objective" = e."objective", "exampleScores" = e."exampleScores", "step" = COALESCE(e."step", t."step"),
        "finishedAt" = clock_timestamp(), "leaseExpiresAt" = NULL
      FROM held JOIN ends e USING ("id")
      WHERE t."id" = e."id" AND t."leaseToken" = e."token" AND t."state" = 'RUNNING'
      RETURNING t."id"
    ), written AS (
      SELECT e.* FROM finished JOIN ends e USING ("id")
    ), ended AS (
      UPDATE "Attempt" a SET "endedAt" = clock_timestamp(), "outcome" = w."attempt", "reason" = w."reason", "logTail" = w."logTail"
      FROM written w WHERE a."trialId" = w."id" AND a."leaseToken" = w."token"
    ), "left" AS (
      SELECT w."id" AS "trialId", l.* FROM written w
      CROSS JOIN jsonb_to_recordset(w."artifacts") AS l("id" uuid, "kind" text, "step" int, "sha256" text, "bytes" bigint)
    ), stored AS (
      INSERT INTO "Artifact" ("id", "trialId", "kind", "step", "sha256", "bytes")
      SELECT "id", "trialId", "kind", "step", "sha256", "bytes" FROM "left"
      ON CONFLICT ("trialId", "kind", "step") DO UPDATE SET
        "sha256" = EXCLUDED."sha256", "bytes" = EXCLUDED."bytes", "createdAt" = clock_timestamp()
    ), dropped AS (
      DELETE FROM "Artifact" a USING written w
      WHERE a."trialId" = w."id" AND ((w."dropsCheckpoints" AND a."kind" = 'checkpoint') OR (
        a."kind" IN (SELECT l."kind" FROM "left" l WHERE l."trialId" = w."id")
        AND NOT EXISTS (SELECT 1 FROM "left" l WHERE l."trialId" = w."id" AND l."kind" = a."kind" AND l."step" = a."step")))
      RETURNING a."id", a."trialId", a."sha256"
    )
    SELECT f."id", ARRAY(
      SELECT DISTINCT d."sha256" FROM dropped d
      WHERE d."trialId" = f."id" AND NOT EXISTS (SELECT 1 FROM "left" l WHERE l."sha256" = d."sha256") AND NOT EXISTS (
        SELECT 1 FROM "Artifact" a WHERE a."sha256" = d."sha256" AND a."id" NOT IN (SELECT "id" FROM dropped))) AS "unreferenced"
    FROM finished f`;
  return new Map(rows.map(({ id, unreferenced }) => [id, { unreferenced }]));
}

/** Values of the columns that an end writes. */
function endRow({ lease, outcome, logTail, artifacts = [], dropsCheckpoints = false }: TrialEnd) {
  const succeeded = outcome.state === 'SUCCEEDED' ? outcome : undefined;
  const measured = outcome.state === 'FAILED' ? undefined : outcome.measured;
  return {
    id: lease.trialId,
    token: lease.token,
    state: outcome.state,
    reason: outcome.state === 'SUCCEEDED' ? null : storable(outcome.reason),
    result: succeeded?.result,
    measured,
    measuredBytes: measured?.total,
    dominantPart: outcome.state === 'OVER_BUDGET' ? outcome.dominantPart : measured && dominantPart(measured),
    objective: succeeded?.objective,
    exampleScores: succeeded?.exampleScores,
    step: succeeded?.step,
    attempt: attemptOutcome(outcome),
    logTail: storable(logTail),
    artifacts: artifacts.map(({ kind, step, sha256, bytes }) => ({ id: uuidv7(), kind, step, sha256, bytes })),
    dropsCheckpoints,
  };
}

/**
 * Writes the one result of a trial and ends its attempt.
 * @returns false when the lease is not the current one; nothing is written then
 */
export async function finishTrial(
  db: Database,
  lease: Lease,
  outcome: TrialOutcome,
  logTail: string,
): Promise<boolean> {
  const written = await finishTrials(db, [{ lease, outcome, logTail }], { locked: 'wait' });
  return written.has(lease.trialId);
}

/** Why a trial goes back: its worker stops in order, or its attempt broke off (`lease-lost`: given up by its holder). */
export type HandBack = Extract<AttemptOutcome, 'handed-back' | 'child-died' | 'lease-lost'>;

export interface BackToQueue {
  outcome: HandBack;
  reason: string;
  logTail: string;
  /**
   * The process that it shared with others is gone, which says of none of them that it was the cause: that costs no attempt,
   * and the trial goes on without others.
   */
  packBroke?: boolean;
  /** The trial goes on without others in any case. */
  alone?: boolean;
  /**
   * The kernel chose its process among all that filled the memory: that costs no attempt either, and it goes on where it
   * has the device to itself.
   */
  wholeDevice?: boolean;
}

/**
 * Puts a running trial back on its queue, with a wake-up in the outbox. Handing back in order costs no attempt; when an
 * attempt broke off and none is left, the trial fails.
 *
 * @returns the state the trial has now, or undefined when the lease is not the current one; nothing is written then
 */
export async function handBack(
  db: Database,
  lease: Lease,
  back: BackToQueue,
): Promise<'QUEUED' | 'FAILED' | undefined> {
  const { packBroke = false, wholeDevice = false, alone = packBroke || wholeDevice } = back;
  const reason = storable(back.reason);
  const free = back.outcome === 'handed-back' || packBroke || wholeDevice;
  const rows = await db.$queryRaw<{ state: 'QUEUED' | 'FAILED' }[]>`
    WITH moved AS (
      UPDATE "Trial" t SET
        "state" = (CASE WHEN verdict."again" THEN 'QUEUED' ELSE 'FAILED' END)::"TrialState",
        "maxAttempts" = t."maxAttempts" + ${free ? 1 : 0}::int,
        "reason" = CASE WHEN NOT verdict."again"
          THEN format('%s; this was attempt %s of %s', ${reason}::text, t."attempts", t."maxAttempts") END,
        "finishedAt" = CASE WHEN NOT verdict."again" THEN clock_timestamp() END,
        "queuedAt" = CASE WHEN verdict."again" THEN clock_timestamp() ELSE t."queuedAt" END,
        "alone" = t."alone" OR ${alone}::boolean,
        "wholeDevice" = t."wholeDevice" OR ${wholeDevice}::boolean,
        "leaseExpiresAt" = NULL, "workerId" = NULL
      FROM (SELECT "id", (${free}::boolean OR "attempts" < "maxAttempts") AS "again" FROM "Trial"
            WHERE "id" = ${lease.trialId}::uuid) verdict
      WHERE t."id" = verdict."id" AND t."leaseToken" = ${lease.token}::bigint AND t."state" = 'RUNNING'
      RETURNING t."id", t."state", t."engine", t."memoryClassMiB", t."site", t."attempts", t."priority"
    ), ended AS (
      UPDATE "Attempt" a SET
        "endedAt" = clock_timestamp(), "outcome" = ${back.outcome}, "reason" = ${reason}, "logTail" = ${storable(back.logTail)}
      FROM moved WHERE a."trialId" = moved."id" AND a."leaseToken" = ${lease.token}::bigint
    ), woken AS (
      ${wakeUps(Prisma.sql`moved WHERE "state" = 'QUEUED'`)}
    )
    SELECT "state"::text AS "state" FROM moved`;
  return rows[0]?.state;
}

/**
 * Ends the attempt of a lease whose trial is no longer the worker's: cancelled by a person, or lost. Only the attempt's own
 * row changes, and only if nobody ended it before.
 */
export async function endAttempt(
  db: Database,
  lease: Lease,
  end: { outcome: Extract<AttemptOutcome, 'cancelled' | 'lease-lost'>; reason: string; logTail: string },
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "Attempt" SET "endedAt" = clock_timestamp(), "outcome" = ${end.outcome}, "reason" = ${storable(end.reason)},
      "logTail" = ${storable(end.logTail)}
    WHERE "trialId" = ${lease.trialId}::uuid AND "leaseToken" = ${lease.token}::bigint AND "endedAt" IS NULL`;
  return count > 0;
}
