/** @file How a running trial ends, or goes back to its queue. Each is one fenced statement: see lease.ts. */
import {
  type AttemptOutcome,
  dominantPart,
  type MemoryByPart,
  type MemoryPart,
  storable,
  type TrialResult,
} from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import type { Lease } from './lease.js';
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
  const succeeded = outcome.state === 'SUCCEEDED' ? outcome : undefined;
  const measured = outcome.state === 'FAILED' ? undefined : outcome.measured;
  const dominant = outcome.state === 'OVER_BUDGET' ? outcome.dominantPart : measured && dominantPart(measured);
  const reason = outcome.state === 'SUCCEEDED' ? null : storable(outcome.reason);
  const rows = await db.$queryRaw<unknown[]>`
    WITH finished AS (
      UPDATE "Trial" SET
        "state" = ${outcome.state}::"TrialState",
        "reason" = ${reason},
        "result" = ${json(succeeded?.result)}::jsonb,
        "measured" = ${json(measured)}::jsonb,
        "measuredBytes" = ${measured?.total ?? null}::bigint,
        "dominantPart" = COALESCE(${dominant ?? null}, "dominantPart"),
        "objective" = ${succeeded?.objective ?? null}::float8,
        "exampleScores" = ${json(succeeded?.exampleScores)}::jsonb,
        "step" = COALESCE(${succeeded?.step ?? null}::int, "step"),
        "finishedAt" = clock_timestamp(), "leaseExpiresAt" = NULL
      WHERE "id" = ${lease.trialId}::uuid AND "leaseToken" = ${lease.token}::bigint AND "state" = 'RUNNING'
      RETURNING "id"
    ), ended AS (
      UPDATE "Attempt" a SET
        "endedAt" = clock_timestamp(), "outcome" = ${attemptOutcome(outcome)}, "reason" = ${reason}, "logTail" = ${storable(logTail)}
      FROM finished WHERE a."trialId" = finished."id" AND a."leaseToken" = ${lease.token}::bigint
    )
    SELECT "id" FROM finished`;
  return rows.length > 0;
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

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
